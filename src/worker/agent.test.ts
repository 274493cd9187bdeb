import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HydraError } from '../model/errors.ts'
import type { Note, Order } from '../supervisor/messages.ts'
import { Scene } from './agent.fixture.ts'
import { aGrant, chunk, ended, held, started } from './notes.fixture.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.clean())

/** A supervisor whose runs end well at once, without output. */
const endsAtOnce = (order: Order): readonly Note[] =>
  order.kind === 'start' ? [started(order), ended(0, { run_id: order.run_id, token: order.token })] : []

const python = (python_version: string) => ({ type: 'python', code: 'x', environment: { python_version } })

describe('starting', () => {
  test('it registers with the kill level of its supervisor and the secret of its folder', async () => {
    await scene.startedAgent()
    expect(scene.link.cards[0]?.card).toMatchObject({ worker_id: 'w1', kill_level: 'group', max_concurrency: 2 })
    expect(scene.link.cards[0]?.secret).toMatch(/^[\w-]{43}$/)
  })

  test('what the supervisor holds is named before anything is claimed, then reported', async () => {
    const spool = join(scene.dataDir, 'spool')
    writeFileSync(spool, 'line one\nline two\n')
    scene.supervisor.held = [held({ spool, acked_seq: 1 }), held({ run_id: 'r2', token: 7, spool, ended: ended(0) })]
    scene.supervisor.onOrder = (order) =>
      order.kind === 'resend' && order.run_id === 'r1' ? [chunk(2, { at: 9, length: 9 })] : []
    scene.link.stored.set('r1', 1)
    await scene.startedAgent()
    const first = scene.link.calls.find(({ kind }) => kind !== 'register')
    expect(first).toMatchObject({
      kind: 'renew',
      held: [
        { run_id: 'r1', token: 1 },
        { run_id: 'r2', token: 7 },
      ],
    })
    await scene.link.until(() => scene.link.output.has('r1') && scene.link.ends.has('r2'))
    expect(scene.link.output.get('r1')).toBe('line two\n')
  })

  test('it says how busy its machine is with the first renewal that is answered, and then not for a minute', async () => {
    await scene.startedAgent()
    const renewals = () => scene.link.calls.filter(({ kind }) => kind === 'renew')
    await scene.link.until(() => renewals().length >= 3)
    const [first, ...later] = renewals().map(({ host }) => host)
    expect(first).toEqual({
      load_average: expect.any(Number),
      memory_free: expect.any(Number),
      memory_total: expect.any(Number),
    })
    expect(first?.memory_free).toBeLessThan(first?.memory_total ?? 0)
    expect(later.every((host) => host === null)).toBe(true)
  })

  test('tags that are found later are told by registering anew, and work goes on', async () => {
    scene.supervisor.onOrder = endsAtOnce
    const agent = await scene.startedAgent()
    agent.amend(['python', 'container'])
    await scene.link.until(() => scene.link.cards.length === 2)
    expect(scene.link.cards[1]?.card).toMatchObject({ worker_id: 'w1', tags: ['python', 'container'] })
    scene.link.give(aGrant())
    await scene.link.until(() => scene.link.ends.has('r1'))
  })

  test('a control plane that is not there yet is waited for', async () => {
    scene.link.outage = new Error('connection refused')
    const agent = await scene.agent()
    const starting = agent.start()
    await scene.link.until(() => scene.link.calls.length >= 2)
    scene.link.outage = null
    await starting
    expect(scene.link.cards).toHaveLength(1)
  })

  test('a control plane that refuses the worker ends the start with its sentence', async () => {
    scene.link.outage = new HydraError('NOT_FOUND', 'There is no domain prod.')
    const agent = await scene.agent()
    await expect(agent.start()).rejects.toThrow('There is no domain prod.')
  })
})

describe('running', () => {
  test('a grant is started with its environment, and its slot and end are told', async () => {
    scene.supervisor.onOrder = endsAtOnce
    await scene.startedAgent()
    scene.link.give(aGrant({ script: 'echo hi', slot: 1 }))
    await scene.supervisor.until(() => scene.supervisor.all('ack').some(({ done }) => done))
    const [start] = scene.supervisor.all('start')
    expect(start).toMatchObject({ run_id: 'r1', token: 1, slot: 1, cwd: null, timeout: 0, grace: 5000 })
    expect(start?.env).toMatchObject({ PATH: '/usr/bin:/bin', HYDRA_RUN_ID: 'r1' })
    expect(scene.link.ends.get('r1')).toMatchObject({ cause: 'exit', returncode: 0 })
  })

  test('never more than its slots are asked for, and a slot is free as soon as a process has ended', async () => {
    await scene.startedAgent({ slots: 2 })
    scene.link.give(aGrant({ run_id: 'a' }), aGrant({ run_id: 'b' }), aGrant({ run_id: 'c' }))
    await scene.supervisor.ordered('start', 2)
    expect(scene.link.unclaimed).toBe(1)
    const a = { run_id: 'a', token: 1 }
    scene.supervisor.tell(started(a), ended(0, a))
    await scene.supervisor.ordered('start', 3)
    expect(scene.supervisor.all('start').map(({ run_id }) => run_id)).toEqual(['a', 'b', 'c'])
  })

  test('what no executor can run is reported as not spawned, and nothing is started', async () => {
    await scene.startedAgent()
    scene.link.give(aGrant({ executor: python('3.999') }))
    await scene.link.until(() => scene.link.ends.has('r1'))
    expect(scene.link.ends.get('r1')).toMatchObject({
      cause: 'not_spawned',
      reason: expect.stringContaining("there is no Python 3.999 on the worker's PATH"),
    })
    expect(scene.supervisor.all('start')).toEqual([])
  })

  test('what is cancelled while the machine is asked about it is given back, and not started', async () => {
    const asked = Promise.withResolvers<string>()
    scene.probe = () => asked.promise
    const agent = await scene.startedAgent()
    scene.link.give(aGrant({ executor: python('3.11') }), aGrant({ run_id: 'r2', executor: python('3.11') }))
    await scene.link.until(() => agent.running === 2)
    scene.link.cancel({ run_id: 'r1', token: 1 })
    await scene.link.until(() => scene.link.returned.includes('r1'))
    asked.resolve('Python 3.11.7')
    await scene.supervisor.ordered('start', 1)
    expect(scene.supervisor.all('start')).toMatchObject([{ run_id: 'r2', file: 'python3.11' }])
  })

  test('what one turn of the event loop brings is one call', async () => {
    await scene.startedAgent({ slots: 100 })
    const runs = Array.from({ length: 50 }, (_, i) => ({ run_id: `r${i}`, token: 1 }))
    scene.link.give(...runs.map((run) => aGrant(run)))
    await scene.supervisor.ordered('start', 50)
    scene.supervisor.tell(...runs.flatMap((run) => [started(run), ended(0, run)]))
    await scene.link.until(() => scene.link.ends.size === 50)
    expect(scene.link.mostInCall).toBe(50)
  })

  test('a cancel is told at once, and a renewal that says it again changes nothing', async () => {
    await scene.startedAgent()
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.supervisor.tell(started())
    scene.link.cancel({ run_id: 'r1', token: 1 })
    scene.link.cancel({ run_id: 'r1', token: 1 })
    expect(scene.supervisor.all('stop')).toEqual([
      { kind: 'stop', run_id: 'r1', token: 1, cause: 'cancel', grace: 5000 },
    ])
    scene.supervisor.tell(ended(0, { cause: 'cancel', returncode: -15 }))
    await scene.link.until(() => scene.link.ends.get('r1')?.cause === 'cancel')
  })

  test('a drained worker claims nothing, what runs goes on, and online again it claims', async () => {
    await scene.startedAgent()
    scene.link.give(aGrant({ run_id: 'a' }))
    await scene.supervisor.ordered('start')
    scene.link.answer = { state: 'draining' }
    scene.link.state = 'draining'
    await scene.link.until(() => scene.link.calls.filter(({ kind }) => kind === 'renew').length >= 2)
    await new Promise(setImmediate)
    scene.link.give(aGrant({ run_id: 'b' }))
    const a = { run_id: 'a', token: 1 }
    scene.supervisor.tell(started(a), ended(0, a))
    await scene.link.until(() => scene.link.ends.has('a'))
    expect(scene.link.unclaimed).toBe(1)
    scene.link.state = 'online'
    await scene.supervisor.ordered('start', 2)
  })

  test('a grant that comes twice is started once', async () => {
    await scene.startedAgent()
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.link.answer = { again: [aGrant()], cancel: [{ run_id: 'r1', token: 1 }] }
    await scene.supervisor.ordered('stop')
    expect(scene.supervisor.all('start')).toHaveLength(1)
  })

  test('a grant that the supervisor refuses is dropped, and its slot is free', async () => {
    scene.supervisor.onOrder = (order) =>
      order.kind === 'start' && order.run_id === 'old'
        ? [{ kind: 'refused', run_id: 'old', token: 1, reason: 'it was started before' }]
        : []
    const agent = await scene.startedAgent({ slots: 1 })
    scene.link.give(aGrant({ run_id: 'old' }), aGrant({ run_id: 'new' }))
    await scene.supervisor.ordered('start', 2)
    expect(agent.running).toBe(1)
    expect(scene.link.ends.size).toBe(0)
  })

  test('a token that is past is ended at once and never spoken of again', async () => {
    await scene.startedAgent()
    scene.link.stale.add('r1')
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.supervisor.tell(started())
    await scene.supervisor.ordered('stop')
    expect(scene.supervisor.all('stop')[0]).toMatchObject({ cause: 'stop', grace: 0 })
    scene.supervisor.tell(chunk(1), ended(1))
    await scene.supervisor.ordered('ack')
    expect(scene.supervisor.all('ack')).toEqual([{ kind: 'ack', run_id: 'r1', token: 1, seq: 1, done: true }])
    expect(scene.link.calls.filter(({ kind }) => kind === 'report')).toHaveLength(1)
  })
})
