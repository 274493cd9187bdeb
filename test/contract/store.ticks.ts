import { describe, expect, test } from 'vitest'
import { type Job, tickKey } from '../../src/model/job.ts'
import { decideTick, type TickDecision } from '../../src/model/ticks.ts'
import { aJob, aRun, aVersion, builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

const minute = 60_000

const everyMinute = (job: Partial<Job> = {}): Job =>
  aJob({ next_run_at: builtAt, ...job }, { schedule: { mode: 'interval', interval_seconds: 60 } })

function decided(job: Job, live: string | null, runId: string): TickDecision {
  const decision = decideTick(job, job.next_run_at ?? 0, live === null ? null : { oldest: live, waiting: null }, runId)
  if (decision === null) throw new Error('there is nothing to decide')
  return decision
}

const runOf = (job: Job, _id: string, tick: number) => aRun({ _id, tick_key: tickKey(job._id, tick) }, job)

export function tickTests(given: Given): void {
  const stored = async (...jobs: readonly Job[]) => {
    for (const job of jobs) await given.it().jobs.insert(job, aVersion(job), null)
  }
  const read = async (job: Job): Promise<Job> => {
    const now = await given.it().jobs.get(job._id)
    if (now === null) throw new Error('the job is gone')
    return now
  }

  describe('planned jobs', () => {
    test('those due are found soonest first, up to the moment itself', async () => {
      const { jobs } = given.it()
      const plans = [30, 10, 20, 21].map((next_run_at) => everyMinute({ next_run_at }))
      await stored(...plans, aJob(), everyMinute({ next_run_at: null }))
      expect((await jobs.due(20, 10)).map((job) => job.next_run_at)).toEqual([10, 20])
      expect((await jobs.due(100, 3)).map((job) => job.next_run_at)).toEqual([10, 20, 21])
      expect(await jobs.due(9, 10)).toEqual([])
      expect((await jobs.due(100, 10, 20)).map((job) => job.next_run_at)).toEqual([20, 21, 30])
      expect(await jobs.nextDue()).toBe(10)
    })

    test('nothing planned: nothing is next', async () => {
      await stored(aJob())
      expect(await given.it().jobs.nextDue()).toBeNull()
      expect(await given.it().jobs.upcoming(null, 10)).toEqual([])
    })

    test('what comes up next is listed for all domains or for one', async () => {
      const { jobs } = given.it()
      await stored(
        ...[3, 1, 2].map((next_run_at) => everyMinute({ next_run_at, domain: next_run_at === 1 ? 'dev' : 'prod' })),
      )
      expect((await jobs.upcoming(null, 2)).map((job) => job.next_run_at)).toEqual([1, 2])
      expect((await jobs.upcoming('prod', 10)).map((job) => job.next_run_at)).toEqual([2, 3])
    })
  })

  describe('ticks', () => {
    test('of two schedulers that decide the same tick, one wins', async () => {
      const { jobs } = given.it()
      const job = everyMinute()
      await stored(job)
      const [left, right] = [decided(job, null, 'left'), decided(job, null, 'right')]
      const [one, two] = await Promise.all([jobs.decideTicks([left]), jobs.decideTicks([right])])
      const won = [...one, ...two]
      expect(won).toHaveLength(1)
      expect(await read(job)).toEqual(won[0]?.after)
      expect((await jobs.withDue(null, 10)).jobs).toEqual([won[0]?.after])
    })

    test('those that nobody finished are found a page at a time, and no deleted job stands before them', async () => {
      const { jobs } = given.it()
      const all = [everyMinute(), everyMinute(), everyMinute(), everyMinute()]
      await stored(...all)
      const [gone, ...left] = all
      const effects = [{ kind: 'cancel_runs' as const, by: 'me' }]
      if (gone) await jobs.replace(gone, { ...gone, effects, deleted_at: builtAt, next_run_at: null, rev: 2 }, null)
      await jobs.decideTicks(left.map((job) => decided(job, null, `run of ${job._id}`)))
      const page = await jobs.withDue(null, 2)
      expect(page.jobs.map(({ _id }) => _id)).toEqual(left.slice(0, 2).map(({ _id }) => _id))
      const { jobs: rest, next } = await jobs.withDue(page.next, 2)
      expect([rest.map(({ _id }) => _id), next]).toEqual([[left[2]?._id], null])
      const deleted = await jobs.withEffects(null, 1)
      expect(deleted.jobs.map(({ _id }) => _id)).toEqual([gone?._id])
      expect(await jobs.withEffects(deleted.next, 1)).toEqual({ jobs: [], next: null })
    })

    test('a job that was deleted while its tick stood has its effects to do when the tick is finished', async () => {
      const { jobs } = given.it()
      const job = everyMinute()
      await stored(job)
      const { after } = decided(job, null, 'r')
      await jobs.decideTicks([decided(job, null, 'r')])
      const effects = [{ kind: 'cancel_runs' as const, by: 'me' }]
      const deleted = { ...after, effects, deleted_at: builtAt, next_run_at: null, rev: after.rev + 1 }
      await jobs.replace(after, deleted, null)
      expect((await jobs.withDue(null, 9)).jobs).toEqual([deleted])
      expect((await jobs.withEffects(null, 9)).jobs).toEqual([])
      await jobs.finishTicks([{ job: deleted, run: null }])
      expect((await jobs.withDue(null, 9)).jobs).toEqual([])
      expect((await jobs.withEffects(null, 9)).jobs).toMatchObject([{ _id: job._id, due: null }])
    })

    test('of a batch, those that nobody was faster at win', async () => {
      const { jobs } = given.it()
      const all = [everyMinute(), everyMinute(), everyMinute()]
      await stored(...all)
      const decisions = all.map((job) => decided(job, null, `run of ${job._id}`))
      const edited = all[1]
      if (edited) await jobs.replace(edited, { ...edited, name: 'edited', rev: 2 }, null)
      expect(await jobs.decideTicks(decisions)).toEqual([decisions[0], decisions[2]])
    })

    test('an edit that is answered leaves no tick of the old plan', async () => {
      const { jobs } = given.it()
      const job = everyMinute()
      await stored(job)
      expect(await jobs.replace(job, { ...job, next_run_at: null, rev: 2 }, null)).toBe(true)
      expect(await jobs.decideTicks([decided(job, null, 'r')])).toEqual([])
      expect(await jobs.due(builtAt + minute, 10)).toEqual([])
    })

    test('finishing a tick inserts its run and clears `due`; a repeat changes nothing', async () => {
      const { jobs, runs } = given.it()
      const job = everyMinute()
      await stored(job)
      const { after } = decided(job, null, 'the run')
      await jobs.decideTicks([decided(job, null, 'the run')])
      const run = runOf(job, 'the run', builtAt)
      expect(await jobs.finishTicks([{ job: after, run }])).toEqual(['the run'])
      const finished = await read(job)
      expect(finished).toEqual({ ...after, due: null, rev: after.rev + 1 })
      expect(await jobs.finishTicks([{ job: after, run }])).toEqual([])
      expect(await read(job)).toEqual(finished)
      expect(await runs.get('the run')).toEqual(run)
      expect((await jobs.withDue(null, 10)).jobs).toEqual([])
    })

    test('two that finish one tick make one run of it', async () => {
      const { jobs } = given.it()
      const job = everyMinute()
      await stored(job)
      const { after } = decided(job, null, 'one')
      await jobs.decideTicks([decided(job, null, 'one')])
      const [one, two] = await Promise.all([
        jobs.finishTicks([{ job: after, run: runOf(job, 'one', builtAt) }]),
        jobs.finishTicks([{ job: after, run: runOf(job, 'two', builtAt) }]),
      ])
      expect([...one, ...two]).toHaveLength(1)
    })

    test('a job that was edited between decision and finish keeps the edit, and its tick is finished', async () => {
      const { jobs } = given.it()
      const job = everyMinute()
      await stored(job)
      const { after } = decided(job, null, 'r')
      await jobs.decideTicks([decided(job, null, 'r')])
      expect(await jobs.replace(after, { ...after, name: 'edited', rev: after.rev + 1 }, null)).toBe(true)
      await jobs.finishTicks([{ job: after, run: runOf(job, 'r', builtAt) }])
      expect(await read(job)).toMatchObject({ name: 'edited', due: null, rev: after.rev + 2 })
    })

    test('a run that waits is inserted as it waits', async () => {
      const { jobs, runs } = given.it()
      const job = everyMinute()
      await stored(job)
      const { after } = decided(job, null, 'r')
      await jobs.decideTicks([decided(job, null, 'r')])
      const run = { ...runOf(job, 'r', builtAt), hold: { kind: 'overlap' as const, of: 'earlier' } }
      await jobs.finishTicks([{ job: after, run }])
      expect(await runs.heldOfJobs([job._id])).toEqual([run])
    })

    test('a late repeat does not clear the `due` of a later tick', async () => {
      const { jobs } = given.it()
      const job = everyMinute()
      await stored(job)
      const first = decided(job, null, 'one')
      await jobs.decideTicks([first])
      await jobs.finishTicks([{ job: first.after, run: runOf(job, 'one', builtAt) }])
      const second = decided(await read(job), null, 'two')
      await jobs.decideTicks([second])
      await jobs.finishTicks([{ job: first.after, run: runOf(job, 'one', builtAt) }])
      expect((await read(job)).due).toMatchObject({ run_id: 'two' })
    })
  })
}
