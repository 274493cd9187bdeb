import { describe, expect, test } from 'vitest'
import { bucketsOf } from '../../src/model/figures.ts'
import type { Job } from '../../src/model/job.ts'
import type { Run } from '../../src/model/run.ts'
import type { Skip } from '../../src/model/skip.ts'
import type { JobPlace } from '../../src/ports/history.ts'
import { aChunk, aJob, aRun, aSession, aVersion, builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

const effects: Run['effects'] = [{ kind: 'totals' }]
const minute = 60_000
const ended = (run: Partial<Run> = {}, job: Job = aJob()): Run =>
  aRun({ status: 'success', start_ts: builtAt, end_ts: builtAt, ...run }, job)
const ids = (runs: readonly Run[]): readonly string[] => runs.map((run) => run._id)
const placeOf = ({ domain, _id }: Job): JobPlace => ({ domain, _id })

export function historyTests(given: Given): void {
  /** Runs that went the whole way: final with their effect, then settled. */
  const settled = async (runs: readonly Run[]): Promise<readonly Run[]> => {
    const store = given.it()
    const open = runs.map((run) => ({ ...run, effects }))
    await store.runs.insert(open)
    await store.runs.settle(open)
    return runs
  }
  const stored = async (job: Job): Promise<Job> => {
    await given.it().jobs.insert(job, aVersion(job), null)
    return job
  }
  const ledgerOf = (job: Job) =>
    given
      .it()
      .jobs.ledger(
        { job_id: job._id, since: null, until: null, outcome: null },
        { limit: 10, after: null, oldestFirst: false },
      )
  const deleted = (job: Partial<Job> = {}): Promise<Job> => stored(aJob({ deleted_at: 5, updated_at: 5, ...job }))

  describe('old runs', () => {
    test('those that ended before a time are found, the oldest of a domain first; live and unsettled ones never', async () => {
      const { history, runs } = given.it()
      const [old, long, young] = [
        ended({ created_at: 10, end_ts: 20 }),
        ended({ created_at: 10, end_ts: 900 }),
        ended({ created_at: 800, end_ts: 900 }),
      ]
      const other = ended({ created_at: 10, end_ts: 20, domain: 'dev' })
      await settled([long, old, young, other])
      await runs.insert([aRun({ created_at: 1 }), ended({ created_at: 1, end_ts: 2, effects })])
      expect(new Set(await history.runs.endedBefore(500, null, 10))).toEqual(new Set(ids([old, other])))
      expect(await history.runs.endedBefore(500, 'prod', 10)).toEqual([old._id])
      expect(await history.runs.endedBefore(null, 'prod', 10)).toEqual(ids([old, long, young]).toSorted())
      expect(await history.runs.endedBefore(null, null, 2)).toHaveLength(2)
      expect(await history.runs.endedBefore(20, 'prod', 10)).toEqual([])
      expect(await history.runs.endedBefore(null, 'nowhere', 10)).toEqual([])
    })

    test('a settled run is removed with its output, another stays; the lists, the counts and the tick know it no more', async () => {
      const { history, runs, domains } = given.it()
      const job = await stored(aJob())
      const run = ended({ tick_key: `${job._id}:main:1` }, job)
      const [live, open] = [aRun({}, job), ended({ effects }, job)]
      await runs.insert([{ ...run, effects }, live, open])
      const after = { ...run, effects, rev: 2 }
      await runs.move([{ before: { ...run, effects }, after, output: { stdout: 'hello', stderr: '' } }])
      await runs.settle([after])
      expect(await history.runs.remove(ids([run, live, open, aRun()]))).toBe(1)
      expect(await history.runs.remove([run._id])).toBe(0)
      expect(await runs.get(run._id)).toBeNull()
      expect(await runs.withOutput(run._id)).toBeNull()
      expect(await domains.counts('prod')).toEqual({ jobs: 1, runs: 2, live: 1 })
      expect(new Set(ids(await runs.byIds(ids([run, live, open]))))).toEqual(new Set(ids([live, open])))
      // Whoever makes a run of this id anew finds nothing of the old one.
      expect(await runs.insert([run])).toEqual([run._id])
      expect((await runs.withOutput(run._id))?.output).toEqual({ stdout: '', stderr: '' })
    })

    test('totals and figures do not fall with the runs that they counted', async () => {
      const { history, jobs, figures } = given.it()
      const job = await stored(aJob())
      const runs = await settled([
        ended({}, job),
        ended({ status: 'failed' }, job),
        ended({ status: 'cancelled' }, job),
      ])
      const look = async () => ({
        totals: (await jobs.figures([job._id], 0))[0],
        stats: await Promise.all(
          [null, job._id].map((job_id) =>
            figures.stats({ domain: 'prod', job_id, buckets: bucketsOf(builtAt, builtAt + minute, minute) }),
          ),
        ),
      })
      const before = await look()
      expect(before.totals).toMatchObject({ total: 3, success: 1, failed: 1 })
      expect(await history.runs.remove(ids(runs))).toBe(3)
      await figures.mend(builtAt + 10 * 3_600_000)
      expect(await look()).toEqual(before)
    })

    test('the log of a run goes piece by piece, and only its own', async () => {
      const { history, logs } = given.it()
      const text = 'x'.repeat(1000)
      const chunksOf = (run_id: string, attempt: number) =>
        Array.from({ length: 5 }, (_, at) => aChunk({ run_id, attempt, seq: at + 1, offset: at * 1000, text }))
      await logs.append([...chunksOf('one', 1), ...chunksOf('one', 2), ...chunksOf('two', 1), ...chunksOf('stays', 1)])
      expect(await history.runs.removeLogs(['silent', 'one', 'two'], 3000)).toEqual(['silent'])
      const left = await logs.read('one', { attempt: 0, seq: 0 }, 1_000_000)
      expect(left.length).toBeGreaterThan(0)
      expect(left.length).toBeLessThan(10)
      let gone: readonly string[] = []
      for (let step = 0; gone.length < 3 && step < 20; step += 1)
        gone = await history.runs.removeLogs(['silent', 'one', 'two'], 3000)
      expect(gone).toEqual(['silent', 'one', 'two'])
      for (const id of ['one', 'two']) expect(await logs.size(id)).toEqual([])
      expect(await logs.read('stays', { attempt: 0, seq: 0 }, 1_000_000)).toHaveLength(5)
    })
  })

  describe('runs that are too many', () => {
    test('jobs that keep a number of runs are found by name and in a walk', async () => {
      const { history, jobs } = given.it()
      const [first, second] = [await stored(aJob({}, { keep_runs: 3 })), await stored(aJob({}, { keep_runs: 5 }))]
      const all = await stored(aJob())
      const [one, two] = [
        { job_id: first._id, keep: 3 },
        { job_id: second._id, keep: 5 },
      ]
      expect(await history.runs.keeping([all._id, second._id, 'nobody'])).toEqual([two])
      expect(await history.runs.keeping({ after: null, limit: 10 })).toEqual([one, two])
      expect(await history.runs.keeping({ after: null, limit: 1 })).toEqual([one])
      expect(await history.runs.keeping({ after: first._id, limit: 10 })).toEqual([two])
      const edited: Job = { ...first, keep_runs: null, version: 2, rev: 2 }
      await jobs.replace(first, edited, aVersion(edited))
      expect(await history.runs.keeping({ after: null, limit: 10 })).toEqual([two])
    })

    test('what a job has beyond its newest runs comes oldest first, and what ended just now stays', async () => {
      const { history, runs } = given.it()
      const job = await stored(aJob())
      const made = Array.from({ length: 6 }, (_, at) => ended({ end_ts: at === 1 ? 900 : 20 }, job))
      await settled(made)
      await settled([ended({ end_ts: 20 })])
      await runs.insert([aRun({}, job), ended({ effects }, job)])
      const surplus = (keep: number, limit = 10) => history.runs.surplus({ job_id: job._id, keep }, 500, limit)
      expect(await surplus(6)).toEqual([])
      expect(await surplus(5)).toEqual([made[0]?._id])
      expect(await surplus(3)).toEqual([made[0]?._id, made[2]?._id])
      expect(await surplus(3, 1)).toEqual([made[0]?._id])
      await history.runs.remove(await surplus(3))
      expect(await surplus(3)).toEqual([])
      expect(await surplus(2)).toEqual([made[3]?._id])
    })

    test('the runs that a cut off request names are told until it is answered', async () => {
      const { history, requests } = given.it()
      const record = (_id: string, created_at: number) => ({
        ...{ _id, body_hash: 'h', answer: null, created_at },
        ids: { job_id: `job of ${_id}`, run_id: `run of ${_id}` },
      })
      for (const one of [record('late', 20), record('early', 10)]) await requests.begin(one)
      expect(await history.runs.unanswered(10)).toEqual(['run of early', 'run of late'])
      expect(await history.runs.unanswered(1)).toEqual(['run of early'])
      await requests.finish('early', { status: 201, body: '{}' })
      expect(await history.runs.unanswered(10)).toEqual(['run of late'])
    })

    test('the oldest run of a job is the first by its id, whatever its state', async () => {
      const { history, runs } = given.it()
      const job = await stored(aJob())
      const made = [ended({}, job), aRun({}, job), ended({ effects }, job)]
      await runs.insert(made)
      for (const run of made) {
        expect((await history.runs.oldestOf(job._id))?._id).toBe(run._id)
        const final = { ...run, status: 'success' as const, effects: [], rev: 2 }
        await runs.move([{ before: run, after: final, output: null }])
        await history.runs.remove([run._id])
      }
      expect(await history.runs.oldestOf(job._id)).toBeNull()
    })
  })

  describe('what jobs leave', () => {
    const skip = (job: Job, from: number, to: number): Skip => ({
      ...{ _id: `${job._id}:${from}`, job_id: job._id, domain: job.domain, from, to, count: 1 },
      ...{ outcome: 'skipped', reason: 'an earlier run was not final', of: null },
    })
    /** A job with rows in the ledger, written as ticks write them. */
    const withSkips = async (job: Job, spans: readonly (readonly [number, number])[]): Promise<void> => {
      const { jobs } = given.it()
      await jobs.insert(job, aVersion(job), null)
      for (const [from, to] of spans) {
        const before = (await jobs.get(job._id)) ?? job
        const due = { tick: to, run_id: null, job_version: 1, skip: skip(job, from, to) }
        const after = { ...before, due, rev: before.rev + 1 }
        await jobs.replace(before, after, null)
        await jobs.finishTicks([{ job: after, run: null }])
      }
    }

    test('rows of the ledger go when their last tick is old, as many as are asked for', async () => {
      const { history } = given.it()
      const job = aJob()
      await withSkips(job, [
        [1, 2],
        [3, 4],
        [5, 900],
        [600, 601],
      ])
      expect(await history.jobs.expireSkips(500, 1)).toBe(1)
      expect(await history.jobs.expireSkips(500, 10)).toBe(1)
      expect(await history.jobs.expireSkips(500, 10)).toBe(0)
      expect((await ledgerOf(job)).map(({ skip }) => skip?.from)).toEqual([600, 5])
    })

    test('deleted jobs are walked over, in a domain or in all, and it is told which have something left to do', async () => {
      const { history } = given.it()
      const effects: Job['effects'] = [{ kind: 'cancel_runs', by: 'x' }]
      const gone = [await deleted(), await deleted({ effects }), await deleted({ domain: 'dev' })]
      await deleted({ updated_at: 900, deleted_at: 900 })
      await stored(aJob())
      const walk = async (domain: string | null, limit: number) => {
        const found: JobPlace[] = []
        for (let after: JobPlace | null = null; ; ) {
          const page: Awaited<ReturnType<typeof history.jobs.deleted>> = await history.jobs.deleted({
            domain,
            before: 500,
            after,
            limit,
          })
          found.push(...page)
          after = page.at(-1) ?? null
          if (page.length < limit) return found
        }
      }
      const [one, two, dev] = gone.map((job) => ({ ...placeOf(job), isOpen: job.effects.length > 0 }))
      for (const limit of [1, 2, 10]) {
        expect(await walk(null, limit)).toEqual([dev, one, two])
        expect(await walk('prod', limit)).toEqual([one, two])
      }
    })

    test('a late repeat of a tick does not make its run again when it was removed since', async () => {
      const { history, jobs, runs } = given.it()
      const due = { tick: 7, run_id: 'r', job_version: 1, skip: null }
      const job = await stored(aJob({ due }))
      const run = ended({ _id: 'r', tick_key: `${job._id}:main:7`, schedule_tick: 7 }, job)
      expect(await jobs.finishTicks([{ job, run }])).toEqual(['r'])
      expect(await history.runs.remove(['r'])).toBe(1)
      expect(await jobs.finishTicks([{ job, run }])).toEqual([])
      expect(await runs.get('r')).toBeNull()
    })

    test('a deleted job is forgotten with all that is left of it, step by step; one that is not deleted stays', async () => {
      const { history, jobs, figures } = given.it()
      const job = aJob()
      await withSkips(job, [
        [1, 2],
        [3, 4],
        [5, 6],
      ])
      const [run] = await settled([ended({}, job)])
      await history.runs.remove([run?._id ?? ''])
      const present = (await jobs.get(job._id)) ?? job
      expect(await history.jobs.forget(placeOf(job), 100)).toBe(true)
      expect(await jobs.get(job._id)).toEqual(present)
      await jobs.replace(present, { ...present, deleted_at: 5, rev: present.rev + 1 }, null)
      let steps = 1
      while (!(await history.jobs.forget(placeOf(job), 2)) && steps < 20) {
        steps += 1
        expect(await jobs.get(job._id)).not.toBeNull()
      }
      expect(steps).toBeGreaterThan(2)
      expect(await jobs.get(job._id)).toBeNull()
      expect(await jobs.version(job._id, 1)).toBeNull()
      expect(await ledgerOf(job)).toEqual([])
      expect((await jobs.figures([job._id], 0))[0]).toMatchObject({ total: 0 })
      const buckets = bucketsOf(builtAt, builtAt + minute, minute)
      const sum = async (job_id: string | null) =>
        (await figures.stats({ domain: 'prod', job_id, buckets }))[0]?.counts.success
      expect([await sum(job._id), await sum(null)]).toEqual([0, 1])
      expect(await history.jobs.forget(placeOf(job), 100)).toBe(true)
    })

    test('replaced versions are found in pages, and removed up to a number, but for the present one', async () => {
      const { history, jobs, runs } = given.it()
      const [one, other] = [await stored(aJob({ updated_at: 10 }, { name: 'First' })), await stored(aJob())]
      let job = one
      for (const version of [2, 3]) {
        const after: Job = { ...job, name: `Name ${version}`, version, rev: version, updated_at: version * 10 }
        await jobs.replace(job, after, aVersion(after))
        job = after
      }
      for (const limit of [1, 2, 3, 10]) {
        const found = []
        let after: Awaited<ReturnType<typeof history.jobs.replacedVersions>>['next'] = null
        do {
          const page = await history.jobs.replacedVersions(after, limit)
          found.push(...page.replaced)
          after = page.next
        } while (after !== null)
        expect(found).toEqual([
          { job_id: one._id, version: 1, replaced_at: 20 },
          { job_id: one._id, version: 2, replaced_at: 30 },
        ])
      }
      await runs.insert([ended({ job_name: 'Name 3' }, job)])
      await history.jobs.forgetVersions(one._id, 1)
      expect([await jobs.version(one._id, 1), (await jobs.version(one._id, 2))?.version]).toEqual([null, 2])
      await history.jobs.forgetVersions(one._id, 99)
      await history.jobs.forgetVersions(other._id, 99)
      expect(await jobs.version(one._id, 2)).toBeNull()
      expect((await jobs.version(one._id, 3))?.definition.name).toBe('Name 3')
      expect(await jobs.version(other._id, 1)).not.toBeNull()
    })
  })

  describe('removed domains', () => {
    const aDomain = (domain: string) => ({ domain, display_name: null, description: null, created_at: builtAt })

    test('the name stays taken and is listed until it is forgotten', async () => {
      const { domains, history } = given.it()
      for (const name of ['prod', 'dev']) await domains.insert(aDomain(name))
      await domains.remove('prod', 20)
      await domains.remove('prod', 30)
      await domains.remove('never was', 10)
      expect(await history.domains.removed()).toEqual([
        { domain: 'never was', removed_at: 10 },
        { domain: 'prod', removed_at: 20 },
      ])
      expect(await domains.get('prod')).toBeNull()
      expect(await domains.change('prod', { display_name: 'x' })).toBeNull()
      expect((await domains.all()).map(({ domain }) => domain)).toEqual(['dev'])
      expect(await domains.insert(aDomain('prod'))).toBe(false)
      for (const name of ['prod', 'never was', 'dev']) await history.domains.forget(name)
      expect(await history.domains.removed()).toEqual([])
      expect(await domains.insert(aDomain('prod'))).toBe(true)
      expect(await domains.get('dev')).not.toBeNull()
    })

    test('its figures, workers and sessions go, and no others', async () => {
      const { history, figures, workers } = given.it()
      await settled([ended({ domain: 'gone' }), ended()])
      const [session, other] = [aSession({ domain: 'gone', state: 'ended' }), aSession()]
      for (const one of [session, other]) await workers.insertSession(one)
      for (const domain of ['gone', 'prod']) await workers.record(domain, 'w1', 'online', 5)
      for (let step = 0; !(await history.domains.empty('gone', 1)); step += 1) expect(step).toBeLessThan(20)
      const buckets = bucketsOf(builtAt, builtAt + minute, minute)
      const sum = async (domain: string | null) =>
        (await figures.stats({ domain, job_id: null, buckets }))[0]?.counts.success
      expect([await sum('gone'), await sum('prod'), await sum(null)]).toEqual([0, 1, 2])
      expect([await workers.session(session._id), await workers.session(other._id)]).toEqual([null, other])
      expect((await workers.records(null)).map(({ domain }) => domain)).toEqual(['prod'])
    })
  })

  test('freed space is given back until there is nothing to give', async () => {
    for (let step = 0; await given.it().history.compact(); step += 1) expect(step).toBeLessThan(10_000)
  })
}
