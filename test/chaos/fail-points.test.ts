import { describe, expect, test } from 'vitest'
import { type FailPoint, failPoints } from '../../src/runtime/fail-points.ts'
import { isAlive, newFolder, RealServer, supervisorOf, until } from '../e2e/server.ts'
import { isWhole } from '../selection.ts'
import { type Accepted, armed, everything } from './load.ts'
import { assertAllTrue } from './truths.ts'

async function visit(name: FailPoint, both: boolean): Promise<void> {
  const folder = newFolder()
  const accepted: Accepted = { runs: new Set(), jobs: new Set() }
  const env = { HYDRA_FAIL_POINT: armed(name, both), MAX_CONCURRENCY: '3' }
  const doomed = await RealServer.start({ folder, env })
  let server = doomed
  try {
    const supervisor = supervisorOf(folder)
    expect(supervisor).not.toBeNull()
    const loaded = everything(doomed, accepted, name)
    await until(`${name} to be visited`, () => doomed.child.signalCode !== null, 30)
    expect(doomed.child.signalCode).toBe('SIGKILL')
    await loaded
    // Its end was asked for a moment before the server's, and takes as long as a busy machine makes it.
    if (both) await until('its supervisor to be gone', () => supervisor !== null && !isAlive(supervisor), 10)
    server = await RealServer.start({ folder, env: { MAX_CONCURRENCY: '3' } })
    await assertAllTrue(server, accepted)
  } finally {
    await server.clean()
  }
}

/** What only a fleet leads past: its tests visit it. */
const isOfFleet = (name: FailPoint): boolean => /^(?:verdict|mongo|redis|post|letter)\./.test(name)

/** Where the most is left to be mended; `HYDRA_TEST_ALL=1` visits all. */
const telling = {
  alone: ['submit.stored', 'dispatch.given-out', 'ingest.state-stored', 'tick.decided', 'delete.stored'],
  both: ['worker.ordered'],
} as const satisfies Record<string, readonly FailPoint[]>

const chosen = (some: readonly FailPoint[]): readonly FailPoint[] =>
  isWhole ? failPoints.filter((name) => !isOfFleet(name)) : some

describe.concurrent('kill -9 of the server alone: what runs goes on, and every run ends once', () => {
  test.for(chosen(telling.alone))('at %s', (name) => visit(name, false))
})

describe.concurrent('kill -9 of server and supervisor together: no process is left, and every run ends once', () => {
  test.for(chosen(telling.both))('at %s', (name) => visit(name, true))
})
