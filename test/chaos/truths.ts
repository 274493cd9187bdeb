import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { isAlive, jobProcesses, type RealServer, until } from '../e2e/server.ts'
import { type Accepted, lines, recordsOf, wholeLog } from './load.ts'

/** What is told or made good a moment later: loops of a server that was just killed do so. */
const soon = { timeout: 30_000, interval: 100 }

/** Waits until every run is final, then holds the server to what must be true after any fault. */
export async function assertAllTrue(server: RealServer, accepted: Accepted): Promise<void> {
  for (const job of (await server.call('GET', '/jobs/?mode=interval&limit=1000')).json) {
    await vi.waitFor(() => everyTickStands(server, job), soon)
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
  await everyJobIsWhole(server)
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

/** What lies beside a job and its runs has no gap and nothing twice: its versions, the audit of its creation, its totals. */
async function everyJobIsWhole(server: RealServer): Promise<void> {
  for (const { _id: job, version } of (await server.call('GET', '/jobs/?limit=1000')).json) {
    const versions = (await server.call('GET', `/jobs/${job}/versions`)).json.map(
      (one: { version: number }) => one.version,
    )
    expect(versions, `the versions of ${job}`).toEqual(Array.from({ length: version }, (_, n) => version - n))
    const made = () => server.call('GET', `/audit/?object=${job}`)
    const entries = await until(`the audit of ${job}`, async () => {
      const { json } = await made()
      return json.some(({ action }: { action: string }) => action === 'job.create') && json
    })
    expect(
      entries.filter(({ action }: { action: string }) => action === 'job.create').length,
      `creations of ${job}`,
    ).toBe(1)
    const runs = (await server.call('GET', `/jobs/${job}/runs?limit=1000`)).json.length
    await vi.waitFor(async () => {
      const [totals] = (await server.call('GET', `/overview/jobs?job_id=${job}`)).json
      expect(totals, `the totals of ${job}`).toMatchObject({ total_runs: runs, success_runs: runs })
    }, soon)
  }
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
  const log = await until(`an answer with the log of ${id}`, async () => {
    const { status, text } = await server.call('GET', `/runs/${id}/log?attempt=${run.attempt}`)
    return status === 503 ? undefined : text
  })
  expect(log, `the log of ${id}`).toBe(wholeLog)
  for (const { attempt, outcome } of attempts.slice(0, -1)) {
    const log = (await server.call('GET', `/runs/${id}/log?attempt=${attempt}`)).text
    const written = log.split('\n').filter((line) => line !== '' && !line.startsWith('[hydra]'))
    expect(written, `the log of attempt ${attempt} of ${id} has a gap`).toEqual(lines.slice(0, written.length))
    if (outcome === 'lost' && started.includes(String(attempt)))
      expect(log, `the log of the lost attempt ${attempt} says so`).toContain('[hydra]')
  }
}
