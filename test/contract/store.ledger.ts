import { describe, expect, test } from 'vitest'
import { type Job, tickKey } from '../../src/model/job.ts'
import { type LedgerRow, placeIn } from '../../src/model/ledger.ts'
import { decideTick } from '../../src/model/ticks.ts'
import type { LedgerQuery } from '../../src/ports/store.ts'
import { aJob, aRun, aVersion, builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

const minute = 60_000
const at = (n: number): number => builtAt + n * minute

/** What comes of each tick: a run on time, one made late, or the name of a run that stands in its way. */
type Came = 'run' | 'late' | `by ${string}`

/** Rows as `12` (run of the tick of that minute) and `3-5` (a series). */
const named = (rows: readonly LedgerRow[]): readonly string[] =>
  rows.map(({ run, skip }) => {
    const of = (tick: number | null) => String(((tick ?? 0) - builtAt) / minute)
    return skip === null ? of(run.schedule_tick) : `${of(skip.from)}-${of(skip.to)}`
  })

export function ledgerTests(given: Given): void {
  /** A job of which a tick each minute came to this. */
  async function aHistory(came: readonly Came[]): Promise<Job> {
    const { jobs } = given.it()
    let job: Job = aJob({ next_run_at: builtAt }, { schedule: { mode: 'interval', interval_seconds: 60 } })
    await jobs.insert(job, aVersion(job), null)
    for (const what of came) {
      const tick = job.next_run_at ?? 0
      const live = what.startsWith('by ') ? { oldest: what, waiting: null } : null
      const decision = decideTick(job, tick, live, `${job._id} ${tick}`)
      if (decision === null) throw new Error('there is nothing to decide')
      await jobs.decideTicks([decision])
      const made = {
        schedule_tick: tick,
        tick_key: tickKey(job._id, tick),
        created_at: tick + (what === 'late' ? 2000 : 5),
      }
      const run = decision.run_id === null ? null : aRun({ _id: decision.run_id, ...made }, job)
      await jobs.finishTicks([{ job: decision.after, run }])
      const stored = await jobs.get(job._id)
      if (stored !== null) job = stored
    }
    return job
  }

  async function read(
    job: Job,
    more: Partial<LedgerQuery & { limit: number; after: string | null; oldestFirst: boolean }> = {},
  ) {
    const { limit = 100, after = null, oldestFirst = false, ...query } = more
    const whole = { job_id: job._id, since: null, until: null, outcome: null, ...query }
    return given.it().jobs.ledger(whole, { limit, after, oldestFirst })
  }

  describe('the ledger of ticks', () => {
    test('has the run of each tick, and one row for an unbroken series of skips; of this job alone', async () => {
      const job = await aHistory(['run', 'by a', 'by a', 'by b', 'late', 'run'])
      await aHistory(['run', 'by c'])
      const rows = await read(job)
      expect(named(rows)).toEqual(['5', '4', '3-3', '1-2', '0'])
      expect(rows[3]?.skip).toEqual({
        _id: `${job._id}:${at(1)}`,
        job_id: job._id,
        domain: 'prod',
        from: at(1),
        to: at(2),
        count: 2,
        outcome: 'skipped',
        reason: 'an earlier run was not final',
        of: 'by a',
      })
      expect(rows[0]?.run).toEqual(await given.it().runs.get(`${job._id} ${at(5)}`))
      expect(await read(aJob())).toEqual([])
    })

    test('is paged by the places of its rows, in both orders', async () => {
      const job = await aHistory(['run', 'by a', 'by a', 'run', 'by a', 'late'])
      for (const oldestFirst of [false, true]) {
        const all = named(await read(job, { oldestFirst }))
        expect(all).toHaveLength(5)
        const paged: LedgerRow[] = []
        for (let after: string | null = null; ; ) {
          const page: readonly LedgerRow[] = await read(job, { limit: 2, after, oldestFirst })
          paged.push(...page)
          const last = page.at(-1)
          if (last === undefined) break
          after = String(placeIn(last))
        }
        expect(named(paged)).toEqual(all)
      }
    })

    test('a span has the ticks from its beginning on and before its end, and a series that reaches into it', async () => {
      const job = await aHistory(['run', 'by a', 'by a', 'by a', 'run', 'run'])
      expect(named(await read(job, { since: at(2), until: at(5) }))).toEqual(['4', '1-3'])
      expect(named(await read(job, { since: at(4) }))).toEqual(['5', '4'])
      expect(named(await read(job, { until: at(1) }))).toEqual(['0'])
      expect(named(await read(job, { since: 0, until: Date.parse('9999-01-01') }))).toHaveLength(4)
      expect(await read(job, { since: at(6) })).toEqual([])
    })

    test('by outcome', async () => {
      const job = await aHistory(['run', 'by a', 'late', 'late', 'by b'])
      expect(named(await read(job, { outcome: 'run' }))).toEqual(['0'])
      expect(named(await read(job, { outcome: 'late' }))).toEqual(['3', '2'])
      expect(named(await read(job, { outcome: 'skipped' }))).toEqual(['4-4', '1-1'])
      expect(await read(job, { outcome: 'missed' })).toEqual([])
      expect(named(await read(job, { outcome: 'late', since: at(3) }))).toEqual(['3'])
    })

    test('a series grows in its row, and a late repeat does not shrink it', async () => {
      const job = await aHistory(['by a'])
      const { jobs } = given.it()
      const live = { oldest: 'by a', waiting: null }
      const second = decideTick(job, at(1), live, 'none')
      if (second === null) throw new Error('there is nothing to decide')
      await jobs.decideTicks([second])
      await jobs.finishTicks([{ job: second.after, run: null }])
      await jobs.finishTicks([
        { job: { ...second.after, due: { ...second.after.due, skip: job.last_skip } as Job['due'] }, run: null },
      ])
      expect(named(await read(job))).toEqual(['0-1'])
    })
  })
}
