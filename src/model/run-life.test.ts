import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Completion } from './completion.ts'
import { nothingSeen } from './completion-rules.ts'
import { parseDefinition } from './job.ts'
import { backoff } from './retry.ts'
import { isFinal, newRun, noOutput, type Run } from './run.ts'
import {
  afterAttempt,
  afterSessionLost,
  cancelled,
  type Ended,
  givenOut,
  queueLatency,
  started,
  takenBack,
} from './run-life.ts'

const now = Date.parse('2026-03-01T00:00:00Z')
const completion = Completion.parse({})
const policy = { completion, timeout: 10 }

function aRun(more: Record<string, unknown> = {}): Run {
  const { definition } = parseDefinition({ name: 'x', executor: { type: 'shell', script: 'true' }, ...more })
  if (!definition) throw new Error('the builder is wrong')
  const version = { job_id: 'j', version: 1, definition, created_at: now }
  return newRun({ _id: 'j', domain: 'prod' }, version, { run_id: 'r', trigger: 'manual_run', tick: null, now })
}

const to = { session: 's', worker_id: 'w', slot: 0, grant: 'g' }
const ended = (cause: Ended['cause'], returncode: number | null = null, more: Partial<Ended> = {}): Ended => ({
  cause,
  returncode,
  end_ts: now + 100,
  reason: '',
  seen: nothingSeen(completion),
  output: noOutput,
  ...more,
})
const must = <T>(value: T | null | undefined): T => {
  if (value === null || value === undefined) throw new Error('a transition was refused')
  return value
}
const out = (run: Run): Run => must(givenOut(run, to)).after
const running = (run: Run): Run => must(started(out(run), now + 10))
const end = (run: Run, how: Ended): Run => must(afterAttempt(run, how, policy, now + 100)).after

describe('an attempt', () => {
  test('that succeeds ends the run', () => {
    const run = end(running(aRun()), ended('exit', 0))
    expect(run).toMatchObject({
      status: 'success',
      attempt: 1,
      returncode: 0,
      completion_reason: 'criteria satisfied',
      end_ts: now + 100,
      start_ts: now + 10,
      session: null,
    })
    expect(run.attempts).toMatchObject([
      { attempt: 1, token: 1, outcome: 'success', start_ts: now + 10, end_ts: now + 100 },
    ])
    expect(run.effects).toEqual([{ kind: 'totals' }])
  })
  test('that fails is retried while retries are left: at once, then after 1, 2, 4 … 60 s', () => {
    expect([1, 2, 3, 4, 5, 20].map(backoff)).toEqual([0, 1000, 2000, 4000, 8000, 60_000])
    const first = end(running(aRun({ retries: 2 })), ended('exit', 1))
    expect(first).toMatchObject({
      status: 'retrying',
      retries_remaining: 1,
      not_before: now + 100,
      end_ts: null,
      attempt: 1,
    })
    const second = end(running(first), ended('timeout'))
    expect(second).toMatchObject({ status: 'retrying', retries_remaining: 0, not_before: now + 1100, attempt: 2 })
    const third = end(running(second), ended('timeout', -15))
    expect(third).toMatchObject({ status: 'timed_out', attempt: 3, completion_reason: 'timed out after 10 s' })
    expect(third.attempts.map((one) => one.outcome)).toEqual(['failed', 'timed_out', 'timed_out'])
  })
  test('that could not be spawned is an attempt, with its sentence', () => {
    const run = end(out(aRun()), ended('not_spawned', null, { reason: '/no/such: no such file' }))
    expect(run).toMatchObject({
      status: 'failed',
      attempt: 1,
      returncode: null,
      start_ts: now + 100,
      completion_reason: 'cannot start: /no/such: no such file',
    })
    expect(run.attempts).toMatchObject([{ outcome: 'not_spawned' }])
  })
  test('that was interrupted goes back and consumes nothing', () => {
    const run = end(running(aRun({ retries: 1 })), ended('stop', -15))
    expect(run).toMatchObject({ status: 'pending', retries_remaining: 1, failovers: 0, attempt: 1, slot: null })
    expect(end(running(aRun({ on_worker_lost: 'fail' })), ended('stop'))).toMatchObject({
      status: 'failed',
      completion_reason: 'worker stopped',
    })
  })
  test('an exit that came before the cancel wins; a failed one is not tried again', () => {
    const asked = must(cancelled(running(aRun({ retries: 3 })), 'ann', now + 50))
    expect(asked).toMatchObject({ status: 'running', cancel_requested_at: now + 50 })
    expect(end(asked, ended('exit', 0)).status).toBe('success')
    expect(end(asked, ended('exit', 3)).status).toBe('failed')
    expect(end(asked, ended('cancel', -15))).toMatchObject({
      status: 'cancelled',
      completion_reason: 'cancelled by ann',
    })
    expect(end(asked, ended('stop', -15)).status).toBe('cancelled')
  })
})

describe('a lost session', () => {
  test('sends its run elsewhere, and counts', () => {
    const run = must(afterSessionLost(running(aRun()), now + 50))
    expect(run).toMatchObject({ status: 'pending', failovers: 1, session: null })
    expect(run.attempts).toMatchObject([{ outcome: 'lost', reason: 'worker lost', returncode: null }])
  })
  test('an attempt that may have been is an attempt', () => {
    expect(must(afterSessionLost(out(aRun()), now)).attempts).toMatchObject([
      { attempt: 1, start_ts: null, outcome: 'lost' },
    ])
  })
  test('ends a run that must not run twice, one that lost too many, and one that was cancelled', () => {
    expect(must(afterSessionLost(running(aRun({ on_worker_lost: 'fail' })), now))).toMatchObject({
      status: 'failed',
      completion_reason: 'worker lost',
    })
    let run = aRun({ max_failovers: 3 })
    for (let i = 0; i < 4; i += 1) run = must(afterSessionLost(running(run), now))
    expect(run).toMatchObject({ status: 'failed', completion_reason: 'worker lost 4 times', attempt: 4 })
    const never = running(aRun({ max_failovers: 0 }))
    expect(must(afterSessionLost(never, now)).completion_reason).toBe('worker lost once')
    const asked = must(cancelled(running(aRun()), 'ann', now))
    expect(must(afterSessionLost(asked, now)).status).toBe('cancelled')
  })
})

test('a cancel of what waits is final at once; of what is final, refused', () => {
  const run = must(cancelled(aRun(), 'ann', now + 5))
  expect(run).toMatchObject({
    status: 'cancelled',
    end_ts: now + 5,
    start_ts: null,
    completion_reason: 'cancelled by ann',
    attempt: 0,
  })
  expect(cancelled(run, 'bob', now)).toBeNull()
  expect(queueLatency(run, now + 99)).toBe(5)
  expect(queueLatency(aRun(), now + 99)).toBe(99)
})

test('a grant that was proven unstarted goes back, and its token never comes again', () => {
  const run = must(takenBack(out(aRun()), now))
  expect(run).toMatchObject({ status: 'pending', attempt: 0, attempts: [], failovers: 0 })
  expect(out(run).token).toBeGreaterThan(out(aRun()).token)
  expect(takenBack(running(aRun()), now)).toBeNull()
})

test('whatever happens: attempts number from 1 without gaps and are bounded, tokens rise, a final run never changes', () => {
  const step = fc.constantFrom(
    'give',
    'start',
    'ok',
    'fail',
    'timeout',
    'stop',
    'lost',
    'sessionLost',
    'back',
    'cancel',
    'unspawned',
  )
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 2 }),
      (steps, retries, max_failovers) => {
        let run = aRun({ retries, max_failovers })
        let handBacks = 0
        for (const one of steps) {
          const acts: Record<typeof one, () => Run | null> = {
            give: () => givenOut(run, to)?.after ?? null,
            start: () => started(run, now),
            ok: () => afterAttempt(run, ended('exit', 0), policy, now)?.after ?? null,
            fail: () => afterAttempt(run, ended('exit', 9), policy, now)?.after ?? null,
            timeout: () => afterAttempt(run, ended('timeout'), policy, now)?.after ?? null,
            stop: () => afterAttempt(run, ended('stop'), policy, now)?.after ?? null,
            lost: () => afterAttempt(run, ended('lost'), policy, now)?.after ?? null,
            sessionLost: () => afterSessionLost(run, now),
            back: () => takenBack(run, now),
            cancel: () => cancelled(run, 'ann', now),
            unspawned: () => afterAttempt(run, ended('not_spawned'), policy, now)?.after ?? null,
          }
          const next = acts[one]()
          if (next === null) continue
          expect(isFinal(run)).toBe(false)
          if (one === 'stop') handBacks += 1
          expect(next.token).toBeGreaterThanOrEqual(run.token)
          if (next !== run) expect(next.rev).toBeGreaterThan(run.rev)
          expect(next.attempts.map(({ attempt }) => attempt)).toEqual(next.attempts.map((_, i) => i + 1))
          expect(next.end_ts !== null).toBe(isFinal(next))
          expect(next.attempts.filter(({ outcome }) => outcome === null)).toHaveLength(
            next.status === 'running' ? 1 : 0,
          )
          if (next.status === 'pending' || next.status === 'retrying')
            expect([next.session, next.grant, next.slot]).toEqual([null, null, null])
          expect(next.attempts.length).toBeLessThanOrEqual(1 + retries + max_failovers + handBacks)
          run = next
        }
      },
    ),
  )
})
