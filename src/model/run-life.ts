import type { Completion, Sightings } from './completion.ts'
import { brokenRule, satisfied } from './completion-rules.ts'
import { backoff } from './retry.ts'
import type { Attempt, FinalStatus, Hold, Outcome, Run, RunChange, RunOutput } from './run.ts'
import { isFinal, isOut } from './run.ts'
import type { Millis } from './time.ts'

/**
 * The transitions of a run: pure functions from the run as read to the run as it is to be written. Each answers null
 * where the run is not in a state that it starts from. Source: the table in the design, "A run's life".
 */

/** Who gets the run, and under which mark. */
export interface GiveOut {
  readonly session: string
  readonly worker_id: string
  readonly slot: number
  readonly grant: string
}

/** How a worker says that an attempt ended. Absolute values. */
export interface Ended {
  /** What ended it first: `exit` by itself; the others were done to it. `lost`: its supervisor died with it. */
  readonly cause: 'exit' | 'timeout' | 'cancel' | 'stop' | 'lost' | 'not_spawned'
  /** −N when signal N ended it; null when nothing was started or nobody knows. */
  readonly returncode: number | null
  readonly end_ts: Millis
  /** A sentence for `not_spawned`, `lost` and `stop`; empty otherwise. */
  readonly reason: string
  readonly seen: Sightings
  readonly output: RunOutput
}

/** What of the job's definition decides about an ended attempt. */
export interface EndPolicy {
  readonly completion: Completion
  /** Seconds. */
  readonly timeout: number
}

const step = (run: Run, change: Partial<Run>): Run => ({ ...run, ...change, rev: run.rev + 1 })
const noWorker = { session: null, grant: null } as const

/** pending, retrying → dispatched, token + 1. */
export function givenOut(run: Run, to: GiveOut): RunChange | null {
  if (run.status !== 'pending' && run.status !== 'retrying') return null
  if (run.hold !== null || run.cancel_requested_at !== null) return null
  const after = step(run, {
    status: 'dispatched',
    token: run.token + 1,
    session: to.session,
    worker_id: to.worker_id,
    slot: to.slot,
    grant: to.grant,
  })
  return { before: run, after, output: null }
}

/** A run that waits is held for something else, or for nothing any more. */
export function heldFor(run: Run, hold: Hold | null): Run | null {
  if (run.status !== 'pending' && run.status !== 'retrying') return null
  return step(run, { hold })
}

/** The number that the attempt of the present token has, or would have. */
export const attemptOf = (run: Run): number => (run.status === 'running' ? run.attempt : run.attempts.length + 1)

/** dispatched → running. */
export function started(run: Run, at: Millis): Run | null {
  if (run.status !== 'dispatched' || run.session === null || run.worker_id === null) return null
  const attempt: Attempt = {
    attempt: attemptOf(run),
    token: run.token,
    worker_id: run.worker_id,
    session: run.session,
    start_ts: at,
    end_ts: null,
    returncode: null,
    outcome: null,
    reason: null,
    usage: null,
  }
  return step(run, {
    status: 'running',
    attempt: attempt.attempt,
    attempts: [...run.attempts, attempt],
    start_ts: run.start_ts ?? at,
    returncode: null,
    completion_reason: null,
  })
}

/** dispatched → pending: proven never started, so nothing is consumed; priority and age stay. */
export function takenBack(run: Run, now: Millis): Run | null {
  if (run.status !== 'dispatched') return null
  if (run.cancel_requested_at !== null) return final(run, 'cancelled', `cancelled by ${run.cancel_requested_by}`, now)
  return step(run, {
    ...noWorker,
    status: run.attempts.length === 0 ? 'pending' : 'retrying',
    token: run.token + 1,
    worker_id: lastWorker(run),
    slot: null,
  })
}

const lastWorker = (run: Run): string | null => run.attempts.at(-1)?.worker_id ?? null

/** Writes the present attempt's end into the list; an attempt that may have been is listed too. */
function withEnd(
  run: Run,
  end: { at: Millis; returncode: number | null; outcome: Outcome; reason: string },
): Pick<Run, 'attempts' | 'attempt'> {
  const ended = { end_ts: end.at, returncode: end.returncode, outcome: end.outcome, reason: end.reason }
  const open = run.attempts.at(-1)
  if (run.status === 'running' && open)
    return { attempt: open.attempt, attempts: [...run.attempts.slice(0, -1), { ...open, ...ended }] }
  const attempt: Attempt = {
    attempt: attemptOf(run),
    token: run.token,
    worker_id: run.worker_id ?? '',
    session: run.session ?? '',
    start_ts: end.outcome === 'not_spawned' ? end.at : null,
    usage: null,
    ...ended,
  }
  return { attempt: attempt.attempt, attempts: [...run.attempts, attempt] }
}

function final(run: Run, status: FinalStatus, reason: string, now: Millis): Run {
  return step(run, {
    ...noWorker,
    status,
    end_ts: Math.max(now, run.start_ts ?? 0),
    completion_reason: reason,
    hold: null,
    effects: [...run.effects, { kind: 'totals' }],
  })
}

/** What an ended attempt was, and why, by the rules of its job. Pure. */
export function judged(run: Run, ended: Ended, policy: EndPolicy): { outcome: Outcome; reason: string } {
  switch (ended.cause) {
    case 'not_spawned':
      return { outcome: 'not_spawned', reason: `cannot start: ${ended.reason}` }
    case 'timeout':
      return { outcome: 'timed_out', reason: `timed out after ${policy.timeout} s` }
    case 'cancel':
      return { outcome: 'cancelled', reason: `cancelled by ${run.cancel_requested_by ?? 'an operator'}` }
    case 'stop':
      return { outcome: 'interrupted', reason: 'worker stopped' }
    case 'lost':
      return { outcome: 'lost', reason: 'worker lost' }
    case 'exit': {
      const broken = brokenRule(policy.completion, ended.returncode ?? -1, ended.seen)
      return broken === null ? { outcome: 'success', reason: satisfied } : { outcome: 'failed', reason: broken }
    }
  }
}

/**
 * What becomes of a run when the attempt of its present token has ended.
 * @param now ms; the retry's back-off counts from here
 */
export function afterAttempt(run: Run, ended: Ended, policy: EndPolicy, now: Millis): RunChange | null {
  if (!isOut(run)) return null
  const { outcome, reason } = judged(run, ended, policy)
  const listed = withEnd(run, { at: ended.end_ts, returncode: ended.returncode, outcome, reason })
  const start_ts = run.start_ts ?? listed.attempts.at(-1)?.start_ts ?? null
  const base: Run = { ...run, ...listed, start_ts, returncode: ended.returncode, completion_reason: reason }
  const when = { now, ended: Math.min(now, ended.end_ts) }
  return { before: run, after: next(base, outcome, reason, when), output: ended.output }
}

/** @param when `ended`: when its process ended, which may be long before anyone could tell; `now`: what waits counts from here */
function next(run: Run, outcome: Outcome, reason: string, when: { readonly now: Millis; readonly ended: Millis }): Run {
  const { now, ended } = when
  if (outcome === 'success') return final(run, 'success', reason, ended)
  if (outcome === 'cancelled') return final(run, 'cancelled', reason, ended)
  if (outcome === 'lost') return afterLoss(run, now)
  if (outcome === 'interrupted' && run.cancel_requested_at !== null)
    return final(run, 'cancelled', `cancelled by ${run.cancel_requested_by}`, ended)
  if (outcome === 'interrupted')
    return run.on_worker_lost === 'fail'
      ? final(run, 'failed', reason, ended)
      : again(run, now, { failovers: run.failovers })
  if (run.retries_remaining > 0 && run.cancel_requested_at === null) {
    const wait = backoff(run.retries - run.retries_remaining + 1)
    return step(run, {
      ...noWorker,
      status: 'retrying',
      token: run.token + 1,
      slot: null,
      retries_remaining: run.retries_remaining - 1,
      not_before: now + wait,
      end_ts: null,
    })
  }
  return final(run, outcome === 'timed_out' ? 'timed_out' : 'failed', reason, ended)
}

/** The session is lost, and with it what ran: again elsewhere, unless the job forbids it, it lost too many, or a cancel was asked. */
function afterLoss(run: Run, now: Millis): Run {
  if (run.cancel_requested_at !== null) return final(run, 'cancelled', `cancelled by ${run.cancel_requested_by}`, now)
  if (run.on_worker_lost === 'fail') return final(run, 'failed', 'worker lost', now)
  if (run.failovers >= run.max_failovers)
    return final(run, 'failed', `worker lost ${run.failovers === 0 ? 'once' : `${run.failovers + 1} times`}`, now)
  return again(run, now, { failovers: run.failovers + 1 })
}

const again = (run: Run, now: Millis, more: Pick<Run, 'failovers'>): Run =>
  step(run, {
    ...noWorker,
    ...more,
    status: 'pending',
    token: run.token + 1,
    slot: null,
    not_before: now,
    end_ts: null,
  })

/** A run whose worker may not go on, though it is not lost (its token ended): pending again, consuming nothing. */
export function handedBack(run: Run, now: Millis): Run | null {
  if (!isOut(run)) return null
  const reason = 'worker stopped'
  const listed = withEnd(run, { at: now, returncode: null, outcome: 'interrupted', reason })
  return next({ ...run, ...listed, returncode: null }, 'interrupted', reason, { now, ended: now })
}

/** A run whose session was judged lost: the attempt it had, or may have had, ends as lost. */
export function afterSessionLost(run: Run, now: Millis): Run | null {
  if (!isOut(run)) return null
  return afterLoss(
    {
      ...run,
      ...withEnd(run, { at: now, returncode: null, outcome: 'lost', reason: 'worker lost' }),
      returncode: null,
    },
    now,
  )
}

/** A cancel: final at once where nothing can be running; else it is noted, and the worker told. null: already final. */
export function cancelled(run: Run, by: string, now: Millis): Run | null {
  if (isFinal(run)) return null
  if (isOut(run))
    return run.cancel_requested_at === null ? step(run, { cancel_requested_at: now, cancel_requested_by: by }) : run
  return final({ ...run, cancel_requested_at: now, cancel_requested_by: by }, 'cancelled', `cancelled by ${by}`, now)
}

/** ms from the moment a run became due to the start of its first process; to now while it waits; to its end if it never started. */
export function queueLatency(run: Run, now: Millis): Millis {
  return Math.max(0, (run.start_ts ?? run.end_ts ?? now) - run.scheduled_ts)
}
