import type { Requirement } from '../model/affinity.ts'
import { exclusion, obstacle, type Standing } from '../model/exclusion.ts'
import { type Hold, isFinal, type Run } from '../model/run.ts'
import { iso, type Millis } from '../model/time.ts'
import { hasFreeSlot, type WorkerView } from './views-workers.ts'

/** Why a run has not started. */
export interface Explanation {
  /** One sentence. */
  readonly summary: string
  /** Since when it waits; null when it does not. */
  readonly since: Millis | null
  /** Each worker of its domain, with the rule that excludes it or what it waits for; null: it could take the run now. */
  readonly workers: readonly { readonly worker_id: string; readonly excluded_by: string | null }[]
  readonly hold: Hold | null
  /** It could run now, but no worker that is online and takes new work fits: busy ones do not count as missing. */
  readonly no_worker: boolean
}

export interface ExplainFacts {
  /** Of the run's domain. */
  readonly workers: readonly WorkerView[]
  /** How many runs are before it in the queue, or null where it is not queued. */
  readonly ahead: number | null
  readonly now: Millis
}

/** Why a run has not started, from what is known of it and of the workers. Pure. */
export function explainRun(run: Run, { workers, ahead, now }: ExplainFacts): Explanation {
  const waits = run.status === 'pending' || run.status === 'retrying'
  return {
    summary: summaryOf(run, workers, ahead, now),
    since: waits ? waitsSince(run, now) : null,
    workers: waits
      ? workers.map((worker) => ({
          worker_id: worker.card.worker_id,
          excluded_by: obstacle(run, worker.card, standingOf(worker)),
        }))
      : [],
    hold: run.hold,
    no_worker: waits && holdSentence(run, now) === null && !workers.some((worker) => takes(run, worker)),
  }
}

/** Since when a run waits: it became due, or its last attempt ended. Pure. */
export const waitsSince = ({ scheduled_ts, attempts }: Run, now: Millis): Millis =>
  Math.min(Math.max(scheduled_ts, attempts.at(-1)?.end_ts ?? 0), now)

/** Whether a worker takes such runs, now or when it has room. */
const takes = (need: Requirement, { status, state, card }: WorkerView): boolean =>
  status === 'online' && state === 'online' && exclusion(need, card) === null

function summaryOf(run: Run, workers: readonly WorkerView[], ahead: number | null, now: Millis): string {
  if (isFinal(run)) return `It is over: ${run.status}${run.completion_reason ? ` (${run.completion_reason})` : ''}.`
  if (run.status === 'running') {
    const stops = run.cancel_requested_at === null ? '' : ' and is being cancelled'
    return `It runs on ${run.worker_id} since ${iso(run.attempts.at(-1)?.start_ts ?? run.start_ts ?? now)}${stops}.`
  }
  if (run.status === 'dispatched') return `It was given to ${run.worker_id}, which has not started it yet.`
  return holdSentence(run, now) ?? waitSentence(run, run.domain, workers, ahead)
}

/** Why a run that waits is not in the queue; null when it is due and nothing holds it. */
export function holdSentence(run: Run, now: Millis): string | null {
  if (run.hold !== null) return holds[run.hold.kind](run.hold.of)
  if (run.not_before <= now) return null
  if (run.status === 'retrying') return `It waits for its next attempt at ${iso(run.not_before)}.`
  return `It is due at ${iso(run.not_before)}.`
}

const holds = {
  overlap: (of) => `It waits until ${of ? `the run ${of}` : 'the earlier run'} of its job is over.`,
  limit: (of) => `It waits for room under the limit ${of ?? 'of its job'}.`,
  after: (of) => `It waits for ${of ? `the run ${of}` : 'another run'} to end.`,
  paused: () => 'It is held: its job is paused.',
} satisfies Record<Hold['kind'], (of: string | null) => string>

/** Why a run that is due has no worker yet, in one sentence. @param workers of the run's domain */
export function waitSentence(
  need: Requirement,
  domain: string,
  workers: readonly WorkerView[],
  ahead: number | null,
): string {
  const online = workers.filter(({ status }) => status === 'online')
  if (online.length === 0) return `No worker of the domain ${domain} is online.`
  const fitting = online.filter(({ card }) => exclusion(need, card) === null)
  if (fitting.length === 0) return noneFits(need, online)
  const taking = fitting.filter(({ state }) => state === 'online')
  if (taking.length === 0)
    return `${named(fitting)} would fit but ${fitting.length === 1 ? 'takes' : 'take'} no new work.`
  if (!taking.some(hasFreeSlot)) {
    const before =
      ahead === null || ahead === 0 ? '' : `, and ${ahead} ${ahead === 1 ? 'run is' : 'runs are'} before it`
    return `All slots of ${named(taking)} are taken${before}.`
  }
  return 'A worker is free for it: it starts in a moment.'
}

function noneFits(need: Requirement, online: readonly WorkerView[]): string {
  const reasons = new Set(online.map(({ card }) => exclusion(need, card) ?? ''))
  const [only] = reasons
  if (online.length === 1) return `The only worker that is online, ${named(online)}, does not fit: ${only}.`
  if (reasons.size === 1)
    return `None of the ${online.length} workers that are online fits, each for the same reason: ${only}.`
  return `None of the ${online.length} workers that are online fits, for ${reasons.size} different reasons.`
}

function named(workers: readonly WorkerView[]): string {
  const [one, two, ...more] = workers.map(({ card }) => card.worker_id)
  if (two === undefined) return one ?? 'no worker'
  return more.length === 0 ? `${one} and ${two}` : `${one}, ${two} and ${more.length} more`
}

const standingOf = ({ card, status, state, running }: WorkerView): Standing => ({
  status,
  state,
  taken: running.length,
  slots: card.max_concurrency,
})
