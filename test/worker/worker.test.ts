import { existsSync } from 'node:fs'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { killOwner } from '../../src/supervisor/client.ts'
import { FakeLink } from '../../src/worker/link.fixture.ts'
import { aGrant } from '../../src/worker/notes.fixture.ts'
import { Machine } from './harness.ts'

let machine: Machine
let link: FakeLink
beforeEach(() => {
  machine = new Machine()
  link = new FakeLink()
})
afterEach(() => machine.clean())

const outputHas = (text: string, run = 'r1') => link.until(() => link.output.get(run)?.includes(text) === true)
const hasEnded = (run = 'r1') => link.until(() => link.ends.has(run))

/** A script that says that it runs, and then waits until a file is there. */
const untilFile = (name: string, then = 'true') =>
  `echo begun; while [ ! -e ${machine.path(name)} ]; do sleep 0.02; done; ${then}`
const touch = async (name: string) => (await import('node:fs/promises')).writeFile(machine.path(name), '')

/** Resolves when the process is gone, its parent told included; the test's own limit of time is the deadline. */
async function isGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('an attempt', () => {
  test('goes from its grant to the acknowledged end, with all that it wrote', async () => {
    const agent = await machine.agent(link)
    link.give(aGrant({ script: 'echo out $HYDRA_RUN_ID; echo err >&2; exit 3' }))
    await hasEnded()
    expect(link.ends.get('r1')).toMatchObject({
      cause: 'exit',
      returncode: 3,
      output: { stdout: 'out r1\n', stderr: 'err\n' },
    })
    expect(link.output.get('r1')?.split('\n').sort()).toEqual(['', 'err', 'out r1'])
    expect(link.starts.get('r1')).toBeGreaterThan(0)
    await agent.stop()
    expect(machine.leftovers).toEqual([])
  })

  test('with much output loses none of it', async () => {
    await machine.agent(link)
    link.give(aGrant({ script: 'seq 1 200000', log_limit: 64 * 1024 * 1024 }))
    await hasEnded()
    const lines = link.output.get('r1')?.trimEnd().split('\n') ?? []
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([200_000, '1', '200000'])
  })

  test('that cannot start is told with a sentence', async () => {
    await machine.agent(link)
    link.give(aGrant({ executor: { type: 'external', command: 'no-such-program' } }))
    await hasEnded()
    expect(link.ends.get('r1')).toMatchObject({ cause: 'not_spawned', returncode: null })
    expect(link.ends.get('r1')?.reason).toContain('no-such-program')
  })

  test('is ended by a cancel', async () => {
    await machine.agent(link)
    link.give(aGrant({ script: 'echo begun; exec sleep 100' }))
    await outputHas('begun')
    link.cancel({ run_id: 'r1', token: 1 })
    await hasEnded()
    expect(link.ends.get('r1')).toMatchObject({ cause: 'cancel', returncode: -15 })
  })

  test('whose token is past is ended and nothing of it told', async () => {
    const agent = await machine.agent(link)
    link.give(aGrant({ script: `echo $$ > ${machine.path('pid')}; exec sleep 100` }))
    await link.until(() => link.starts.has('r1'))
    link.stale.add('r1')
    link.answer = { forget: [{ run_id: 'r1', token: 1 }] }
    await link.until(() => agent.running === 0)
    await isGone(Number(machine.read('pid')))
    expect(link.ends.has('r1')).toBe(false)
  })

  test('is started once, however often its grant comes', async () => {
    await machine.agent(link)
    const grant = aGrant({ script: `echo once >> ${machine.path('starts')}` })
    link.give(grant)
    await hasEnded()
    link.give(grant, aGrant({ run_id: 'r2' }))
    await hasEnded('r2')
    expect(machine.read('starts')).toBe('once\n')
  })
})

describe('an agent that was killed', () => {
  test('is followed by one that goes on where it was, with no line lost', async () => {
    const first = await machine.agent(link)
    const pid = first.supervisorPid
    link.give(aGrant({ script: untilFile('go', 'echo done') }))
    await outputHas('begun')
    first.abandon()
    await touch('go')
    const second = await machine.agent(link)
    expect(second.supervisorPid).toBe(pid)
    await hasEnded()
    expect(link.output.get('r1')).toBe('begun\ndone\n')
    expect(link.ends.get('r1')).toMatchObject({ cause: 'exit', returncode: 0 })
  })

  test('with its supervisor leaves no process behind, and its attempts are told as lost', async () => {
    const first = await machine.agent(link)
    link.give(aGrant({ script: `echo $$ > ${machine.path('pid')}; echo begun; sleep 100` }))
    await outputHas('begun')
    killOwner(machine.folder)
    first.abandon()
    await machine.agent(link)
    await hasEnded()
    expect(link.ends.get('r1')?.cause).toBe('lost')
    await isGone(Number(machine.read('pid')))
  })
})

describe('a supervisor that was killed', () => {
  test('is replaced: what it ran is ended and told as lost, and new work is done', async () => {
    const agent = await machine.agent(link)
    const pid = agent.supervisorPid
    link.give(aGrant({ script: `echo $$ > ${machine.path('pid')}; echo begun; sleep 100` }))
    await outputHas('begun')
    killOwner(machine.folder)
    await hasEnded()
    expect(link.ends.get('r1')?.cause).toBe('lost')
    await isGone(Number(machine.read('pid')))
    link.give(aGrant({ run_id: 'r2', script: 'echo again' }))
    await hasEnded('r2')
    expect(agent.supervisorPid).not.toBe(pid)
  })
})

describe('a control plane that is away', () => {
  test('costs no job and no line', async () => {
    await machine.agent(link)
    link.give(aGrant({ script: untilFile('go', 'seq 1 1000') }))
    await outputHas('begun')
    link.outage = new Error('connection refused')
    await touch('go')
    await link.until(() => link.calls.filter(({ kind }) => kind === 'report').length >= 4)
    link.outage = null
    await hasEnded()
    expect(link.output.get('r1')?.split('\n')).toHaveLength(1002)
  })
})

describe('stopping', () => {
  test('ends what runs, tells it, and leaves neither process nor file', async () => {
    const agent = await machine.agent(link)
    const pid = agent.supervisorPid ?? 0
    link.give(aGrant({ script: 'echo begun; exec sleep 100' }))
    await outputHas('begun')
    await agent.stop()
    expect(link.ends.get('r1')).toMatchObject({ cause: 'stop', returncode: -15 })
    expect(link.calls.at(-1)?.kind).toBe('goodbye')
    expect(machine.leftovers).toEqual([])
    await isGone(pid)
  })

  test('at once kills what ignores TERM, and leaves its end on disk for the next life if nobody listens', async () => {
    const agent = await machine.agent(link)
    link.give(aGrant({ script: 'trap "" TERM; echo begun; while :; do sleep 1; done' }))
    await outputHas('begun')
    link.isSilent = true
    await agent.stop({ now: true })
    expect(link.ends.has('r1')).toBe(false)
    link.isSilent = false
    await machine.agent(link)
    await hasEnded()
    expect(link.ends.get('r1')).toMatchObject({ cause: 'stop', returncode: -9 })
  })
})

test('the folder of an attempt is its own and is gone afterwards', async () => {
  await machine.agent(link)
  link.give(aGrant({ script: 'pwd; touch here' }))
  await hasEnded()
  const folder = link.output.get('r1')?.trim() ?? ''
  expect(folder.startsWith(machine.folder)).toBe(true)
  expect(existsSync(folder)).toBe(false)
})
