import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog } from '../runtime/log.ts'
import { started } from './notes.fixture.ts'
import { Supervision } from './supervision.ts'
import { FakeSupervisor } from './supervisor.fixture.ts'
import { longestSilence, pingEvery } from './vigil.ts'

let supervisor: FakeSupervisor
let supervision: Supervision
let killed: string[] = []

beforeEach(() => {
  killed = []
  supervisor = new FakeSupervisor()
  supervision = new Supervision({
    folder: '/folder',
    environment: {},
    connect: supervisor.connect,
    kill: (folder) => killed.push(folder),
    log: silentLog,
    onNotes: () => {},
    onWelcome: () => {},
  })
})
afterEach(() => supervision.detach())

/** Looks once a second, as the timer would. @param from ms after now */
function lookFor(ms: number, from = 0): void {
  const begin = performance.now() + from
  for (let later = pingEvery; later <= ms; later += pingEvery) supervision.look(begin + later)
}

test('a supervisor that hangs is killed, and another takes its place', async () => {
  await supervision.start()
  lookFor(longestSilence + pingEvery)
  expect(killed).toEqual(['/folder'])
  await supervisor.until(() => supervisor.connections === 2)
})

test('a silence shorter than that harms nobody', async () => {
  await supervision.start()
  lookFor(longestSilence - pingEvery)
  expect(killed).toEqual([])
  expect(supervisor.all('ping').length).toBeGreaterThan(20)
})

test('whatever it says is a sign of life', async () => {
  await supervision.start()
  lookFor(longestSilence - pingEvery)
  supervisor.tell(started())
  lookFor(longestSilence - pingEvery)
  expect(killed).toEqual([])
})

test('leaving waits until it is gone, and does not look for another', async () => {
  await supervision.start()
  await supervision.leave(false)
  expect(supervisor.all('exit')).toEqual([{ kind: 'exit', now: false }])
  expect([supervision.pid, supervisor.connections]).toEqual([null, 1])
})
