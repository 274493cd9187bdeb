import { setImmediate } from 'node:timers/promises'
import { type LateRun, lateRun, type SlowRun, slowRun, worstOfEach } from '../model/attention.ts'
import { type Buckets, rollups, type Summary } from '../model/figures.ts'
import { finalStatuses, type Run } from '../model/run.ts'
import { lateWithin } from '../model/ticks.ts'
import type { Millis } from '../model/time.ts'
import type { FigureStore, Page, RunQuery, StoredRun } from '../ports/store.ts'
import type { PendingRow, QueueView } from './views-queue.ts'

/** Newest ended runs, longest running ones, jobs whose past is read, rows that are shown. */
const most = { ended: 200, running: 100, jobs: 60, shown: 20 }

/** The past that a run is measured against. */
const past: Millis = 14 * 86_400_000

/** A tick that nobody decided, a run that nobody started, or a run that started late. */
export type Late =
  | {
      readonly state: 'undecided'
      readonly job: QueueView['upcoming'][number]
      readonly due: Millis
      readonly by: Millis
    }
  | ({ readonly state: 'waiting'; readonly row: PendingRow } & Pick<LateRun, 'by'>)
  | ({ readonly state: 'started' } & LateRun)

export interface AttentionView {
  readonly looked: number
  readonly complete: boolean
  readonly slow: readonly SlowRun[]
  readonly late: readonly Late[]
}

/** A span of ended runs; `until` null: until now, with what runs and waits. */
export interface Span {
  readonly since: Millis
  readonly until: Millis | null
}

export interface AttentionFacts {
  readonly figures: FigureStore
  /** Runs of whom it is for. */
  readonly runs: (filter: Partial<RunQuery>, page: Page) => Promise<readonly StoredRun[]>
  /** What waits and what is planned; null where the span is over. */
  readonly queue: QueueView | null
  readonly now: Millis
}

/** What is slower than its own past, and what is late. */
export async function attentionView(
  { since, until }: Span,
  { figures, runs, queue, now }: AttentionFacts,
): Promise<AttentionView> {
  const list = async (filter: Partial<RunQuery>, limit: number, oldestFirst: boolean): Promise<readonly Run[]> =>
    (await runs(filter, { limit, oldestFirst, after: null })).map(({ run }) => run)
  const [running, ended] = await Promise.all([
    queue === null ? [] : list({ status: ['running'] }, most.running, true),
    list({ status: finalStatuses, since, until }, most.ended + 1, false),
  ])
  const looked = ended.slice(0, most.ended)
  const started = looked.map(lateRun).filter((one) => one !== null)
  return {
    looked: looked.length,
    complete: ended.length === looked.length,
    slow: await slowOnes(figures, [...running, ...looked], now),
    late: [
      ...(queue === null ? [] : notStarted(queue, now)),
      ...worstOfEach(started, ({ by }) => by).map((one) => ({ state: 'started' as const, ...one })),
    ].slice(0, most.shown),
  }
}

async function slowOnes(store: FigureStore, runs: readonly Run[], now: Millis): Promise<readonly SlowRun[]> {
  const buckets = wholePast(now)
  const pasts = new Map<string, Summary>()
  const found: SlowRun[] = []
  for (const run of runs) {
    if (!pasts.has(run.job_id)) {
      if (pasts.size >= most.jobs) continue
      const [summary] = await store.stats({ domain: run.domain, job_id: run.job_id, buckets })
      if (summary !== undefined) pasts.set(run.job_id, summary)
      // Sixty looks in a row would be a while without any other answer.
      await setImmediate()
    }
    const summary = pasts.get(run.job_id)
    const slow = summary === undefined ? null : slowRun(run, summary, now)
    if (slow !== null) found.push(slow)
  }
  return worstOfEach(found, ({ took, p95 }) => took / p95).slice(0, most.shown)
}

/** One bucket of two weeks that ends with this hour. */
function wholePast(now: Millis): Buckets {
  const until = Math.floor(now / rollups.wide + 1) * rollups.wide
  return { from: until - past, until, width: past, count: 1 }
}

function notStarted({ pending, upcoming }: QueueView, now: Millis): readonly Late[] {
  const undecided = upcoming.flatMap((job): Late[] => {
    const due = job.next_run_at ?? now
    return now - due > lateWithin ? [{ state: 'undecided', job, due, by: now - due }] : []
  })
  const waiting = pending
    .map((row) => ({ state: 'waiting' as const, row, by: now - row.since }))
    .filter(({ by }) => by > lateWithin)
    .sort((one, other) => other.by - one.by)
  const jobs = new Set<string>()
  const first = waiting.filter(({ row: { job_id } }) => !jobs.has(job_id) && jobs.add(job_id))
  return [...undecided, ...first]
}
