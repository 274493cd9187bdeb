import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FailPoint } from '../../src/runtime/fail-points.ts'
import type { RealServer } from '../e2e/server.ts'

/**
 * What a job of the load writes to its output, whole or not at all counted as gap. In all it is more than a list of runs
 * shows: MongoDB keeps the beginning of such an output apart.
 */
export const lines = ['one', 'two', 'three', 'four', 'five'].map((word) => word.padEnd(1000, '.'))
export const wholeLog = `${lines.join('\n')}\n`

/**
 * A job that keeps its own record beside the program's: which attempt started, and whether the one before still lived.
 * `pause` (seconds) stands between its lines, so that a kill meets it in the middle.
 */
export function recording(records: string, pause: number): string {
  const file = `${records}/$HYDRA_RUN_ID`
  return [
    `before=$(cat "${file}.pid" 2>/dev/null)`,
    `[ -n "$before" ] && [ -d "/proc/$before" ] && ! grep -q '^State:.*Z' "/proc/$before/status" && echo "$before" >> "${file}.overlap"`,
    `echo $$ > "${file}.pid"; echo "$HYDRA_ATTEMPT" >> "${file}.started"`,
    ...lines.map((line) => `echo ${line}; sleep ${pause}`),
  ].join('\n')
}

/** The folder that the jobs keep their records in. It is named in their environment too, which marks them as this test's. */
export function recordsOf(folder: string): string {
  const records = join(folder, 'records')
  mkdirSync(records, { recursive: true })
  return records
}

export interface Accepted {
  readonly runs: Set<string>
  readonly jobs: Set<string>
}

/** Submits, and notes what was answered with 2xx; what the server's death cut off is nobody's promise. */
export async function submit(
  server: RealServer,
  accepted: Accepted,
  definition: Record<string, unknown>,
): Promise<void> {
  try {
    const answer = await server.call('POST', '/jobs/', definition)
    if (answer.status !== 201) return
    accepted.jobs.add(answer.json._id)
    const runs = await server.call('GET', `/jobs/${answer.json._id}/runs`)
    for (const run of runs.json ?? []) accepted.runs.add(run._id)
  } catch {
    // The server died under the request.
  }
}

/** Points that ticks lead past: they come when slots are free, too. */
const ofTicks = /^(?:tick|hold|mongo\.tick|submit)/
/** Points that only a tick which replaces an earlier run leads past. */
const ofReplace: readonly FailPoint[] = ['tick.replaced', 'hold.ended']
/** Seconds between two lines: so long that each is a chunk of its own, where chunks are made into blocks; else hardly any. */
const pauseAt = (point: FailPoint): number => (point === 'mongo.block-inserted' ? 0.2 : 0.02)

/** Everything that leads past a fail point: free slots, a queue, ticks, retries, an edit, a cancel, a deletion. @param jobs more than there are slots */
export async function everything(server: RealServer, accepted: Accepted, point: FailPoint, jobs = 8): Promise<void> {
  const records = recordsOf(server.folder)
  const job = (script: string, more: Record<string, unknown> = {}) => ({
    name: 'load',
    executor: { type: 'shell', script, env: { RECORDS: records } },
    ...more,
  })
  const script = recording(records, pauseAt(point))
  await Promise.all(Array.from({ length: jobs }, () => submit(server, accepted, job(script))))
  await submit(server, accepted, job(`[ "$HYDRA_ATTEMPT" -gt 1 ] || exit 3\n${script}`, { retries: 8 }))
  const ticks = { schedule: { mode: 'interval', interval_seconds: 1, overlap: 'allow' } }
  if (ofTicks.test(point)) await submit(server, accepted, job(script, ticks))
  const replaces = { schedule: { mode: 'interval', interval_seconds: 1, overlap: 'replace' }, priority: 9 }
  if (ofReplace.includes(point)) await submit(server, accepted, job(recording(records, 0.5), replaces))
  try {
    const doomed = await server.call('POST', '/jobs/', job(script))
    await server.call('PUT', `/jobs/${doomed.json._id}`, { priority: 7 })
    await server.call('DELETE', `/jobs/${doomed.json._id}`)
  } catch {
    // The server died under it.
  }
}

/** Where the first visit kills, since a load comes there once; elsewhere the second does, in the middle of things. */
const once: readonly FailPoint[] = [
  'delete.stored',
  'verdict.blocked',
  'verdict.stored',
  'mongo.version-stored',
  'redis.seated',
  'redis.admitted',
]

/** HYDRA_FAIL_POINT. @param both whether the supervisor dies with the process */
export const armed = (point: FailPoint, both = false): string =>
  `${point}:${once.includes(point) ? 1 : 2}${both ? ':both' : ''}`
