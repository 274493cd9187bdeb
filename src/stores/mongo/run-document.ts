import { z } from 'zod'
import { Affinity } from '../../model/affinity.ts'
import { enqueueReasons } from '../../model/event.ts'
import { executorTypes } from '../../model/executor.ts'
import { isLate } from '../../model/ledger.ts'
import { listedTail } from '../../model/log.ts'
import {
  type Attempt,
  finalStatuses,
  holdKinds,
  isFinal,
  noOutput,
  outcomes,
  type Run,
  type RunOutput,
  type RunStatus,
  runEffectKinds,
  runStatuses,
} from '../../model/run.ts'
import type { StoredRun } from '../../ports/store.ts'
import { type Fields, reader, type Stored } from './stored.ts'

/**
 * Where a run stands, in one word that indexes begin with: MongoDB's partial indexes are not for us, and by this one word
 * each question about what waits, is out or must be settled looks at those runs alone.
 * waiting, again: due or put off, `again` when it was started before · held: something holds it · out: a worker has it ·
 * open: final, with effects to do · settled, unsuccessful: nothing follows any more.
 */
export const stages = ['waiting', 'again', 'held', 'out', 'open', 'settled', 'unsuccessful'] as const
export type Stage = (typeof stages)[number]
/** A tick's run that may still turn out to come too late (`tick-runs.ts`): none of the stages, so no question about them finds it. */
export const proposed = 'proposed'
/** What is left of a removed run whose insertion may still be under way somewhere (`first-runs.ts`): its id cannot be used again. */
export const used = 'used'
/** What is no run, or none yet. */
export const noRuns: readonly string[] = [proposed, used]
export const queuedStages: readonly Stage[] = ['waiting', 'again']
export const liveStages: readonly Stage[] = ['waiting', 'again', 'held', 'out']
export const settledStages: readonly Stage[] = ['settled', 'unsuccessful']

export function stageOf(run: Run): Stage {
  if (isFinal(run)) return run.effects.length > 0 ? 'open' : run.status === 'success' ? 'settled' : 'unsuccessful'
  if (run.status === 'dispatched' || run.status === 'running') return 'out'
  if (run.hold !== null) return 'held'
  return run.start_ts === null ? 'waiting' : 'again'
}

/** The statuses that runs of a stage have. */
export const statusesOf = {
  waiting: ['pending', 'retrying'],
  again: ['pending', 'retrying'],
  held: ['pending', 'retrying'],
  out: ['dispatched', 'running'],
  open: finalStatuses,
  settled: ['success'],
  unsuccessful: finalStatuses.filter((status) => status !== 'success'),
} as const satisfies Record<Stage, readonly RunStatus[]>

/** Attempts lie in the run from this one on; those before it, all ended, lie apart in pages. */
export const attemptPage = 64
export const keptFrom = (count: number): number =>
  count <= 2 * attemptPage ? 0 : Math.floor((count - attemptPage) / attemptPage) * attemptPage

/**
 * A run's document. Beside its own fields: `stage`; `order`, which lists follow: the id, but for runs of an earlier system,
 * whose ids are not in the order of time; `late`, of a tick's run; `job_text` to search in; and the end of each stream's output, as long as lists
 * show it, so that they read nothing else. What comes before that end lies apart, under the mark `head`.
 */
export function runDocument(run: Run): Stored {
  const from = keptFrom(run.attempts.length)
  const { retry_of, changes, ...fields } = run
  return {
    ...fields,
    // Without one it is not in the index of retries.
    ...(retry_of && { retry_of }),
    // As text: it holds names of variables, and not every name can be a field's.
    ...(changes && { changes: JSON.stringify(changes) }),
    attempts: from === 0 ? run.attempts : run.attempts.slice(from),
    attempts_from: from,
    stage: stageOf(run),
    order: run._id,
    late: isLate(run) ? 1 : 0,
    job_text: run.job_name.toLowerCase(),
  }
}

/** What a change of a run sets: the fields that differ. */
export function runChanges(before: Run, after: Run): Fields {
  const [old, set] = [runDocument(before), runDocument(after)]
  return Object.fromEntries(Object.entries(set).filter(([name, value]) => old[name] !== value && !fixed.has(name)))
}

/** `rev` is the compare-and-set's own; `order` of an earlier system's run is not what `runDocument` says. */
const fixed: ReadonlySet<string> = new Set(['_id', 'rev', 'order'])

/** The end of a text: at most `count` UTF-16 units, and no half of a character at its front. */
export function endOf(text: string, count: number): string {
  const end = count <= 0 ? '' : text.slice(-count)
  return /^[\udc00-\udfff]/.test(end) ? end.slice(1) : end
}

/** An output in its two parts; `head` is null where all of it is in the tails. */
export function splitOutput({ stdout, stderr }: RunOutput): {
  readonly tails: Fields
  readonly head: RunOutput | null
} {
  const [out, err] = [endOf(stdout, listedTail), endOf(stderr, listedTail)]
  const head = {
    stdout: stdout.slice(0, stdout.length - out.length),
    stderr: stderr.slice(0, stderr.length - err.length),
  }
  return { tails: { stdout_tail: out, stderr_tail: err }, head: head.stdout + head.stderr === '' ? null : head }
}

const AttemptFields = z.object({
  attempt: z.number(),
  token: z.number(),
  worker_id: z.string(),
  session: z.string(),
  start_ts: z.number().nullable(),
  end_ts: z.number().nullable(),
  returncode: z.number().nullable(),
  outcome: z.enum(outcomes).nullable(),
  reason: z.string().nullable(),
  usage: z.null(),
})

const RunChangesFields = z.record(z.string(), z.unknown())

const RunFields = z.object({
  _id: z.string(),
  job_id: z.string(),
  job_version: z.number(),
  job_name: z.string(),
  domain: z.string(),
  user: z.string(),
  priority: z.number(),
  queue: z.string(),
  affinity: Affinity,
  executor_type: z.enum(executorTypes),
  on_worker_lost: z.enum(['requeue', 'fail']),
  max_failovers: z.number(),
  status: z.enum(runStatuses),
  token: z.number(),
  grant: z.string().nullable(),
  session: z.string().nullable(),
  worker_id: z.string().nullable(),
  slot: z.number().nullable(),
  attempt: z.number(),
  attempts: z.array(AttemptFields),
  retries: z.number(),
  retries_remaining: z.number(),
  failovers: z.number(),
  scheduled_ts: z.number(),
  schedule_tick: z.number().nullable(),
  schedule_mode: z.string(),
  tick_key: z.string(),
  trigger: z.enum(enqueueReasons),
  not_before: z.number(),
  hold: z.object({ kind: z.enum(holdKinds), of: z.string().nullable() }).nullable(),
  start_ts: z.number().nullable(),
  end_ts: z.number().nullable(),
  returncode: z.number().nullable(),
  completion_reason: z.string().nullable(),
  cancel_requested_at: z.number().nullable(),
  cancel_requested_by: z.string().nullable(),
  effects: z.array(z.object({ kind: z.enum(runEffectKinds) })),
  retry_of: z.string().nullable().default(null),
  changes: z
    .string()
    .transform((text) => RunChangesFields.parse(JSON.parse(text)))
    .nullable()
    .default(null),
  params: z.null(),
  chain: z.null(),
  created_at: z.number(),
  rev: z.number(),
})

const Beside = z.object({
  attempts_from: z.number().default(0),
  stdout_tail: z.string().default(''),
  stderr_tail: z.string().default(''),
  head: z.string().nullable().default(null),
  order: z.string(),
})

const readFields: (document: unknown) => Run = reader('run', RunFields)
const readBeside = reader('run', Beside)

/** A run as it was read, its place in the order of lists, and what of it lies elsewhere. */
export interface FoundRun extends StoredRun {
  readonly order: string
  /** Attempts that lie apart. */
  readonly attemptsApart: number
  /** Under which mark the beginning of its output lies; null: all of it is here. */
  readonly head: string | null
}

export function readRunDocument(document: unknown): FoundRun {
  const { attempts_from, stdout_tail, stderr_tail, head, order } = readBeside(document)
  const output = stdout_tail + stderr_tail === '' ? noOutput : { stdout: stdout_tail, stderr: stderr_tail }
  return { run: readFields(document), output, order, attemptsApart: attempts_from, head }
}

export const readAttempts: (document: unknown) => { readonly attempts: readonly Attempt[] } = reader(
  'page of attempts',
  z.object({ attempts: z.array(AttemptFields) }),
)

/** A read that leaves the output where it is. */
export const withoutOutput = { stdout_tail: 0, stderr_tail: 0, head: 0 } as const

/** Outputs of a run lie in the order of its writes. */
export const headId = (runId: string, rev: number, mark = ''): string =>
  `${runId}:${String(rev).padStart(12, '0')}:${mark}`
