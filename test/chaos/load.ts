import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { isAlive, jobProcesses, type RealServer, until } from '../e2e/server.ts'

/** What a job of the load writes to its output, whole or not at all counted as gap. */
export const lines = ['one', 'two', 'three', 'four', 'five']
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

/** Waits until every run is final, then holds the server to what must be true after any fault. */
export async function assertAllTrue(server: RealServer, accepted: Accepted): Promise<void> {
  for (const job of (await server.call('GET', '/jobs/?mode=interval&limit=1000')).json) {
    await everyTickStands(server, job)
    await server.call('DELETE', `/jobs/${job._id}`)
  }
  const runs = await until(
    'every run to be final',
    async () => {
      const all = (await server.call('GET', '/runs/?limit=1000')).json
      return all.every((run: { end_ts: string | null }) => run.end_ts !== null) ? all : undefined
    },
    45,
  )
  const ids = new Set(runs.map((run: { _id: string }) => run._id))
  expect(
    [...accepted.runs].filter((id) => !ids.has(id)),
    'an accepted run is lost',
  ).toEqual([])
  for (const job of accepted.jobs) await oneRunEach(server, job)
  for (const run of runs) await checkRun(server, run._id)
  await until('no slot to be taken', async () =>
    (await server.call('GET', '/workers/')).json.every(
      (worker: { current_running: number }) => worker.current_running === 0,
    ),
  )
  expect(
    jobProcesses(server.folder).filter(({ pid }) => isAlive(pid)),
    'a process outlived its attempt',
  ).toEqual([])
  const workers = join(server.folder, 'workers')
  for (const worker of readdirSync(workers)) {
    const temporary = join(workers, worker, 'tmp')
    // Empty ones are kept for the next attempt, for a second.
    await until('no temporary folder to be left', () => !existsSync(temporary) || readdirSync(temporary).length === 0)
  }
}

/** An immediate job has one run, however often its submission's steps were repeated. */
async function oneRunEach(server: RealServer, job: string): Promise<void> {
  const answer = await server.call('GET', `/jobs/${job}/runs`)
  if (answer.status === 404) return
  if ((await server.call('GET', `/jobs/${job}`)).json.schedule.mode !== 'immediate') return
  expect(answer.json.length, `runs of the job ${job}`).toBe(1)
}

/** Each tick has one run or stands in one row of the ledger: from the first on, without a gap, none twice. */
async function everyTickStands(
  server: RealServer,
  job: { _id: string; created_at: string; schedule: { interval_seconds: number } },
): Promise<void> {
  const rows: { from: string; to: string; count: number }[] = (
    await server.call('GET', `/jobs/${job._id}/ticks?order=asc&limit=1000`)
  ).json
  const step = job.schedule.interval_seconds * 1000
  let next = Date.parse(job.created_at)
  for (const { from, to, count } of rows) {
    const end = next + (count - 1) * step
    expect({ from, to }, `the ledger of ${job._id}`).toEqual({
      from: new Date(next).toISOString(),
      to: new Date(end).toISOString(),
    })
    next = end + step
  }
}

async function checkRun(server: RealServer, id: string): Promise<void> {
  const run = await server.run(id)
  const attempts: { attempt: number; outcome: string | null }[] = run.attempts
  expect(
    attempts.map(({ attempt }) => attempt),
    `the attempts of ${id}`,
  ).toEqual(attempts.map((_, i) => i + 1))
  expect(
    attempts.every(({ outcome }) => outcome !== null),
    `an attempt of ${id} has no end`,
  ).toBe(true)
  const file = join(recordsOf(server.folder), id)
  expect(existsSync(`${file}.overlap`), `two attempts of ${id} overlapped`).toBe(false)
  const started = existsSync(`${file}.started`) ? readFileSync(`${file}.started`, 'utf8').trim().split('\n') : []
  expect(new Set(started).size, `an attempt of ${id} started twice: ${started}`).toBe(started.length)
  if (run.status === 'cancelled') return
  expect(run.status, `${id}: ${run.completion_reason}`).toBe('success')
  expect(
    await server
      .log(`${id}`)
      .then(() => server.call('GET', `/runs/${id}/log?attempt=${run.attempt}`))
      .then(({ text }) => text),
    `the log of ${id}`,
  ).toBe(wholeLog)
  for (const { attempt, outcome } of attempts.slice(0, -1)) {
    const log = (await server.call('GET', `/runs/${id}/log?attempt=${attempt}`)).text
    const written = log.split('\n').filter((line) => line !== '' && !line.startsWith('[hydra]'))
    expect(written, `the log of attempt ${attempt} of ${id} has a gap`).toEqual(lines.slice(0, written.length))
    if (outcome === 'lost' && started.includes(String(attempt)))
      expect(log, `the log of the lost attempt ${attempt} says so`).toContain('[hydra]')
  }
}
