import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addRun, bucketsOf, noFigures, type Summary, summaryOf } from '../../src/model/figures.ts'
import type { Job } from '../../src/model/job.ts'
import { type Run, type RunStatus, runStatuses } from '../../src/model/run.ts'
import { aJob, aRun, builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const effects = [{ kind: 'totals' }] as const
const span = (width: number, since = builtAt, until = builtAt + day) => bucketsOf(since, until, width)

const endedRun = (job: Job, status: RunStatus, created_at: number, more: Partial<Run> = {}): Run =>
  aRun(
    {
      status,
      created_at,
      scheduled_ts: created_at,
      start_ts: created_at + 40,
      end_ts: created_at + 1040,
      effects,
      ...more,
    },
    job,
  )

/** What the figures must be, from the runs themselves. */
function expected(runs: readonly Run[], { from, width, count }: ReturnType<typeof span>): readonly Summary[] {
  const figures = Array.from({ length: count }, noFigures)
  for (const run of runs) {
    const of = figures[Math.floor((run.created_at - from) / width)]
    if (of) addRun(of, run)
  }
  return figures.map(summaryOf)
}

export function figureTests(given: Given): void {
  const stats = async (width: number, more: { domain?: string; job_id?: string } = {}) =>
    given.it().figures.stats({ domain: null, job_id: null, ...more, buckets: span(width) })

  describe('figures of runs by time', () => {
    test('a run counts where it was created once it has ended, settled or not, and once however often it is settled', async () => {
      const { runs } = given.it()
      const job = aJob()
      const run = endedRun(job, 'success', builtAt + 5 * minute)
      await runs.insert([run, aRun({ status: 'running', session: 's', created_at: builtAt }, job)])
      const before = await stats(minute)
      expect(before[5]).toEqual({
        counts: { success: 1, failed: 0, timed_out: 0, cancelled: 0 },
        ...expected([run], span(day))[0],
      })
      expect(before.filter(({ queue }) => queue.p50 !== null)).toHaveLength(1)
      for (let again = 0; again < 3; again += 1) {
        await Promise.all([runs.settle([run]), runs.settle(await runs.withEffects(10))])
        expect(await stats(minute)).toEqual(before)
      }
      expect(await stats(minute, { job_id: job._id })).toEqual(before)
      expect(await stats(minute, { domain: 'dev' })).toEqual(expected([], span(minute)))
      expect(await stats(minute, { job_id: 'another' })).toEqual(expected([], span(minute)))
    })

    test('whatever runs there are, every width shows what they add up to, in all, of a domain and of a job', async () => {
      const { runs } = given.it()
      const jobs = [aJob(), aJob(), aJob({ domain: 'dev' })]
      const one = fc.record({
        job: fc.nat(2),
        status: fc.constantFrom(...runStatuses),
        at: fc.nat(day - 1),
        queued: fc.nat(100_000),
        took: fc.option(fc.nat(10_000_000)),
        settle: fc.boolean(),
      })
      const made = fc.sample(one, { numRuns: 200, seed: 20260501 }).map(({ job, status, at, queued, took, settle }) => {
        const created_at = builtAt + at
        const isLive = ['pending', 'running', 'dispatched', 'retrying'].includes(status)
        const start_ts = took === null ? null : created_at + queued
        const end_ts = isLive ? null : (start_ts ?? created_at) + (took ?? queued)
        const run = endedRun(jobs[job] ?? aJob(), status, created_at, { start_ts, end_ts })
        return { run: isLive ? { ...run, effects: [] } : run, settle }
      })
      const all = made.map(({ run }) => run)
      await runs.insert(all)
      const settled = made.filter(({ run, settle }) => settle && run.effects.length > 0).map(({ run }) => run)
      for (let at = 0; at < settled.length; at += 30) await runs.settle(settled.slice(at, at + 30))
      for (const width of [minute, 7 * minute, hour, 6 * hour, day]) {
        expect(await stats(width)).toEqual(expected(all, span(width)))
        const mine = all.filter(({ domain }) => domain === 'prod')
        expect(await stats(width, { domain: 'prod' })).toEqual(expected(mine, span(width)))
        const ofJob = all.filter(({ job_id }) => job_id === jobs[0]?._id)
        expect(await stats(width, { job_id: ofJob[0]?.job_id ?? '' })).toEqual(expected(ofJob, span(width)))
      }
    })

    test('a bucket has in it what was created from its beginning to before its end', async () => {
      const { runs } = given.it()
      const moments = [builtAt - 1, builtAt, builtAt + hour - 1, builtAt + hour]
      await runs.insert(moments.map((at) => endedRun(aJob(), 'failed', at)))
      await runs.settle(await runs.withEffects(10))
      const found = await given
        .it()
        .figures.stats({ domain: null, job_id: null, buckets: span(hour, builtAt, builtAt + 1) })
      expect(found.map(({ counts }) => counts.failed)).toEqual([2])
    })

    test('hours that are over are recounted once: what fell short is mended, what is right stays, nothing counts twice', async () => {
      const { runs, figures } = given.it()
      const job = aJob()
      const now = Date.now()
      const whole = span(hour, now - hour, now + hour)
      const look = async () => figures.stats({ domain: null, job_id: null, buckets: whole })
      const counted = endedRun(job, 'success', now)
      // Settled already, as in a store that was written before there were figures.
      const missing = [
        endedRun(job, 'failed', now, { effects: [] }),
        endedRun(aJob({ domain: 'dev' }), 'success', now, { effects: [] }),
      ]
      await runs.insert([counted, ...missing])
      await runs.settle([counted])
      expect(await look()).toEqual(expected([counted], whole))
      expect(await figures.mend(now + hour)).toBe(false)
      expect(await look()).toEqual(expected([counted], whole))
      for (let again = 0; again < 3; again += 1) {
        while (await figures.mend(now + 4 * hour));
        expect(await look()).toEqual(expected([counted, ...missing], whole))
      }
      const late = endedRun(job, 'timed_out', now)
      await runs.insert([late])
      await runs.settle([late])
      expect(await look()).toEqual(expected([counted, ...missing, late], whole))
    })

    test('old minutes are dropped, and their hours stay', async () => {
      const { runs, figures } = given.it()
      const made = [endedRun(aJob(), 'success', builtAt), endedRun(aJob(), 'success', builtAt + 2 * hour)]
      await runs.insert(made)
      await runs.settle(made)
      await figures.forget(builtAt + hour)
      await figures.forget(builtAt + hour)
      expect(await stats(minute)).toEqual(expected(made.slice(1), span(minute)))
      expect(await stats(hour)).toEqual(expected(made, span(hour)))
      await given.reopened()
      expect(await stats(hour)).toEqual(expected(made, span(hour)))
    })
  })
}
