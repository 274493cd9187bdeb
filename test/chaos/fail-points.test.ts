import { describe, expect, test } from 'vitest'
import { type FailPoint, failPoints } from '../../src/runtime/fail-points.ts'
import { isAlive, newFolder, RealServer, supervisorOf, until } from '../e2e/server.ts'
import { isWhole } from '../selection.ts'
import { type Accepted, assertAllTrue, recording, recordsOf, submit } from './load.ts'

/** Points that only a tick which replaces an earlier run leads past. */
const ofReplace: readonly string[] = ['tick.replaced', 'hold.ended']

/** Everything that leads past a fail point: free slots, a queue, ticks, retries, a cancel, a deletion. */
async function load(server: RealServer, accepted: Accepted, point: string): Promise<void> {
  const records = recordsOf(server.folder)
  const job = (script: string, more: Record<string, unknown> = {}) => ({
    name: 'load',
    executor: { type: 'shell', script, env: { RECORDS: records } },
    ...more,
  })
  const script = recording(records, 0.02)
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(() => submit(server, accepted, job(script))))
  await submit(server, accepted, job(`[ "$HYDRA_ATTEMPT" -gt 1 ] || exit 3\n${script}`, { retries: 8 }))
  await submit(server, accepted, job(script, { schedule: { mode: 'interval', interval_seconds: 1, overlap: 'allow' } }))
  const replaces = { schedule: { mode: 'interval', interval_seconds: 1, overlap: 'replace' }, priority: 9 }
  if (ofReplace.includes(point)) await submit(server, accepted, job(recording(records, 0.5), replaces))
  try {
    const doomed = await server.call('POST', '/jobs/', job(script))
    await server.call('DELETE', `/jobs/${doomed.json._id}`)
  } catch {
    // The server died under it.
  }
}

async function visit(name: string, both: boolean): Promise<void> {
  const folder = newFolder()
  const accepted: Accepted = { runs: new Set(), jobs: new Set() }
  const env = {
    HYDRA_FAIL_POINT: `${name}:${name === 'delete.stored' ? 1 : 2}${both ? ':both' : ''}`,
    MAX_CONCURRENCY: '3',
  }
  const doomed = await RealServer.start({ folder, env })
  let server = doomed
  try {
    const supervisor = supervisorOf(folder)
    expect(supervisor).not.toBeNull()
    const loaded = load(doomed, accepted, name)
    await until(`${name} to be visited`, () => doomed.child.signalCode !== null, 30)
    expect(doomed.child.signalCode).toBe('SIGKILL')
    await loaded
    if (both) expect(supervisor !== null && isAlive(supervisor)).toBe(false)
    server = await RealServer.start({ folder, env: { MAX_CONCURRENCY: '3' } })
    await assertAllTrue(server, accepted)
  } finally {
    await server.clean()
  }
}

/** What is visited only when a worker leaves its folder behind, which the scheduler's own tests do. */
const elsewhere: readonly string[] = ['verdict.stored']

/** Where the most is left to be mended; `HYDRA_TEST_ALL=1` visits all. */
const telling = {
  alone: [
    'submit.stored',
    'dispatch.given-out',
    'desk.claimed',
    'ingest.chunks-stored',
    'ingest.state-stored',
    'worker.ordered',
    'worker.after-report',
    'tick.decided',
    'tick.replaced',
    'delete.stored',
  ],
  both: ['dispatch.delivered', 'ingest.state-stored', 'worker.ordered', 'worker.acked'],
} as const satisfies Record<string, readonly FailPoint[]>

const chosen = (some: readonly FailPoint[]): readonly FailPoint[] =>
  isWhole ? failPoints.filter((name) => !elsewhere.includes(name)) : some

describe.concurrent('kill -9 of the server alone: what runs goes on, and every run ends once', () => {
  test.for(chosen(telling.alone))('at %s', (name) => visit(name, false))
})

describe.concurrent('kill -9 of server and supervisor together: no process is left, and every run ends once', () => {
  test.for(chosen(telling.both))('at %s', (name) => visit(name, true))
})
