import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HydraError } from '../model/errors.ts'
import { lockFolder } from '../runtime/lock.ts'
import { Scene } from './agent.fixture.ts'
import { aGrant, ended, held, started } from './notes.fixture.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.clean())

describe('when the control plane is away', () => {
  test('reports wait, and are told when it is there again', async () => {
    await scene.startedAgent()
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.link.outage = new Error('connection reset')
    scene.supervisor.tell(started(), ended(0))
    await scene.link.until(() => scene.link.calls.filter(({ kind }) => kind === 'report').length >= 2)
    scene.link.outage = null
    await scene.link.until(() => scene.link.ends.has('r1'))
    await scene.supervisor.ordered('ack')
  })

  test('a session that is not known any more is made anew', async () => {
    await scene.startedAgent()
    scene.link.outage = new HydraError('CONFLICT', 'The session is not known here; register again.')
    scene.link.give(aGrant())
    scene.link.session = 'session-2'
    await scene.link.until(() => scene.link.calls.filter(({ kind }) => kind === 'register').length >= 2)
    scene.link.outage = null
    await scene.supervisor.ordered('start')
    expect(scene.link.cards).toHaveLength(2)
    expect(scene.link.subscribers).toBe(1)
  })
})

describe('when the supervisor is gone', () => {
  test('it is met again, and what it may have missed is ordered anew', async () => {
    await scene.startedAgent()
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.supervisor.hangUp()
    await scene.supervisor.ordered('start', 2)
    expect(scene.supervisor.connections).toBe(2)
  })

  test('what a new one presents as lost is reported so', async () => {
    await scene.startedAgent()
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.supervisor.tell(started())
    scene.supervisor.held = [
      held({ ended: ended(0, { cause: 'lost', returncode: null, reason: 'its supervisor died' }) }),
    ]
    scene.supervisor.hangUp()
    await scene.link.until(() => scene.link.ends.get('r1')?.cause === 'lost')
  })

  test('what nobody holds any more is lost too', async () => {
    await scene.startedAgent()
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.supervisor.tell(started())
    scene.supervisor.hangUp()
    await scene.link.until(() => scene.link.ends.get('r1')?.cause === 'lost')
  })

  test('grants wait for the next one', async () => {
    await scene.startedAgent()
    scene.supervisor.isAway = true
    scene.supervisor.hangUp()
    scene.link.give(aGrant())
    await new Promise(setImmediate)
    expect(scene.supervisor.all('start')).toEqual([])
    scene.supervisor.isAway = false
    await scene.supervisor.ordered('start')
  })

  test('what it runs unknown to the agent makes the agent ask anew', async () => {
    await scene.startedAgent()
    scene.supervisor.held = [held()]
    scene.supervisor.tell(started())
    await scene.supervisor.ordered('resend')
    expect(scene.supervisor.connections).toBe(2)
  })
})

describe('stopping', () => {
  test('an idle worker says goodbye, lets its supervisor go, and leaves its folder to others', async () => {
    const agent = await scene.startedAgent()
    await Promise.all([agent.stop(), agent.stop()])
    expect(scene.link.calls.at(-1)?.kind).toBe('goodbye')
    expect(scene.supervisor.all('exit')).toEqual([{ kind: 'exit', now: false }])
    const lock = lockFolder(scene.folder)
    expect(lock).not.toBe(null)
    lock?.release()
  })

  test('what runs may end by itself while it drains', async () => {
    const agent = await scene.startedAgent({ drainSeconds: 60 })
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.supervisor.tell(started())
    const stopping = agent.stop()
    scene.supervisor.tell(ended(0))
    await stopping
    expect(scene.supervisor.all('stop')).toEqual([])
    expect(scene.link.ends.get('r1')?.cause).toBe('exit')
  })

  test('what does not is ended with TERM and a grace, and reported', async () => {
    const agent = await scene.startedAgent({ drainSeconds: 0 })
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.supervisor.tell(started())
    scene.supervisor.onOrder = (order) => (order.kind === 'stop' ? [ended(0, { cause: 'stop', returncode: -15 })] : [])
    await agent.stop()
    expect(scene.supervisor.all('stop')).toMatchObject([{ cause: 'stop', grace: 5000 }])
    expect(scene.link.ends.get('r1')?.cause).toBe('stop')
    expect(scene.link.calls.at(-1)?.kind).toBe('goodbye')
  })

  test('a grant that comes while it leaves goes back, and a repeat of it is not started', async () => {
    const agent = await scene.startedAgent({ drainSeconds: 60 })
    scene.link.give(aGrant({ run_id: 'a' }))
    await scene.supervisor.ordered('start')
    const stopping = agent.stop()
    scene.link.answer = { again: [aGrant({ run_id: 'b' })] }
    await scene.link.until(() => scene.link.returned.includes('b'))
    scene.link.answer = { again: [aGrant({ run_id: 'b' })] }
    await scene.link.until(() => Object.keys(scene.link.answer).length === 0)
    const a = { run_id: 'a', token: 1 }
    scene.supervisor.tell(started(a), ended(0, a))
    await stopping
    expect([scene.link.returned, scene.supervisor.all('start').length]).toEqual([['b'], 1])
  })

  test('a second call in a hurry kills at once', async () => {
    const agent = await scene.startedAgent({ drainSeconds: 60 })
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.supervisor.tell(started())
    scene.supervisor.onOrder = (order) => (order.kind === 'stop' ? [ended(0, { cause: 'stop', returncode: -9 })] : [])
    const stopping = agent.stop()
    void agent.stop({ now: true })
    await stopping
    expect(scene.supervisor.all('stop')).toMatchObject([{ cause: 'stop', grace: 0 }])
    expect(scene.link.ends.get('r1')?.cause).toBe('stop')
  })

  test('in a hurry it leaves within about two seconds, even if nobody answers', async () => {
    const agent = await scene.startedAgent()
    scene.link.give(aGrant())
    await scene.supervisor.ordered('start')
    scene.supervisor.tell(started())
    scene.link.isSilent = true
    scene.supervisor.exits = false
    const began = performance.now()
    await agent.stop({ now: true })
    expect(performance.now() - began).toBeLessThan(2500)
    expect(scene.supervisor.all('exit')).toEqual([{ kind: 'exit', now: true }])
    expect(scene.link.calls.some(({ kind }) => kind === 'goodbye')).toBe(false)
  })

  test('a worker that never started lets its folder go', async () => {
    const agent = await scene.agent()
    await agent.stop()
    expect(existsSync(join(scene.folder, 'secret'))).toBe(true)
    lockFolder(scene.folder)?.release()
    expect(scene.supervisor.connections).toBe(0)
  })

  test('one that waits for the control plane can be stopped', async () => {
    scene.link.outage = new Error('connection refused')
    const agent = await scene.agent()
    const starting = agent.start()
    starting.catch(() => {})
    await scene.link.until(() => scene.link.calls.length >= 1)
    await agent.stop()
    await expect(starting).rejects.toThrow('stopping')
  })
})
