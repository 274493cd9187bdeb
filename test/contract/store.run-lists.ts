import { describe, expect, test } from 'vitest'
import type { Job } from '../../src/model/job.ts'
import { noOutput, type Run, type RunStatus, runStatuses } from '../../src/model/run.ts'
import type { RunQuery, StoredRun } from '../../src/ports/store.ts'
import { aJob, aRun, aVersion } from '../builders.ts'
import type { Given } from './store.given.ts'

const everything: RunQuery = {
  domain: null,
  job_id: null,
  status: null,
  worker_id: null,
  user: null,
  since: null,
  until: null,
  q: null,
}
const newest = (limit = 100, after: string | null = null) => ({ limit, after, oldestFirst: false })
const ids = (runs: readonly (Run | StoredRun)[]) => runs.map((one) => ('run' in one ? one.run._id : one._id))
const effects = [{ kind: 'totals' }] as const

/** One run of each status, and of the final ones one that is settled and one that is not. */
const ofEveryKind = (job: Job): readonly Run[] =>
  runStatuses.flatMap((status) => {
    const session = status === 'dispatched' || status === 'running' ? 's1' : null
    const run = aRun({ status, session, start_ts: status === 'pending' ? null : 5 }, job)
    const final = ['success', 'failed', 'timed_out', 'cancelled'].includes(status)
    return final ? [run, aRun({ status, start_ts: 5, effects }, job)] : [run]
  })

export function runListTests(given: Given): void {
  const list = async (query: Partial<RunQuery>, page = newest(), tail = 0) =>
    given.it().runs.list({ ...everything, ...query }, page, tail)

  describe('lists of runs', () => {
    test('whatever a run has come to, it is listed once: of all, of its domain and of its job, newest first', async () => {
      const [job, other] = [aJob(), aJob({ domain: 'dev' })]
      const [mine, foreign] = [ofEveryKind(job), ofEveryKind(other)]
      await given.it().runs.insert([...mine, ...foreign])
      const sorted = (runs: readonly Run[]) => ids(runs).toSorted().reverse()
      expect(ids(await list({}))).toEqual(sorted([...mine, ...foreign]))
      for (const query of [{ domain: 'prod' }, { job_id: job._id }, { domain: 'prod', job_id: job._id }])
        expect(ids(await list(query))).toEqual(sorted(mine))
      expect(await list({ domain: 'dev', job_id: job._id })).toEqual([])
    })

    test('each status is found, alone and with others', async () => {
      const job = aJob()
      const made = ofEveryKind(job)
      await given.it().runs.insert([...made, ...ofEveryKind(aJob({ domain: 'dev' }))])
      const asked: readonly (readonly RunStatus[])[] = [
        ...runStatuses.map((status) => [status]),
        ['pending', 'running'],
        ['failed', 'timed_out'],
        ['success', 'failed', 'retrying'],
        ['dispatched', 'cancelled'],
      ]
      for (const status of asked) {
        const expected = ids(made.filter((run) => status.includes(run.status)))
          .toSorted()
          .reverse()
        expect(ids(await list({ status, domain: 'prod' }))).toEqual(expected)
        expect(ids(await list({ status, job_id: job._id }))).toEqual(expected)
        expect(ids((await list({ status })).filter(({ run }) => run.domain === 'prod'))).toEqual(expected)
      }
      expect(await list({ status: [] })).toEqual([])
    })

    test('pages go on after the last id, in either order, over runs of every kind', async () => {
      const job = aJob()
      const runs = [...ofEveryKind(job), ...ofEveryKind(job)]
      expect(await given.it().runs.insert([])).toEqual([])
      await given.it().runs.insert(runs)
      const all = ids(runs).toSorted()
      for (const query of [{}, { domain: 'prod' }, { job_id: job._id }])
        for (const oldestFirst of [true, false]) {
          const found: string[] = []
          for (let page = await list(query, { limit: 5, after: null, oldestFirst }); page.length > 0; ) {
            expect(page.length).toBeLessThanOrEqual(5)
            const place = { limit: 5, after: found.at(-1) ?? null, oldestFirst }
            expect(await given.it().runs.ids({ ...everything, ...query }, place)).toEqual(ids(page))
            found.push(...ids(page))
            page = await list(query, { limit: 5, after: found.at(-1) ?? null, oldestFirst })
          }
          expect(found).toEqual(oldestFirst ? all : all.toReversed())
        }
    })

    test('filters: worker, user, since and until by creation, all at once', async () => {
      const [one, two, three] = [
        aRun({ worker_id: 'w1', user: 'ann', created_at: 10, status: 'success' }),
        aRun({ worker_id: 'w2', user: 'ann', created_at: 20, status: 'running', session: 's' }),
        aRun({ worker_id: 'w1', user: 'bob', created_at: 30 }),
      ]
      await given.it().runs.insert([one, two, three])
      const found = async (query: Partial<RunQuery>) => new Set(ids(await list(query)))
      for (const domain of [null, 'prod']) {
        expect(await found({ domain, worker_id: 'w1' })).toEqual(new Set(ids([one, three])))
        expect(await found({ domain, user: 'ann' })).toEqual(new Set(ids([one, two])))
        expect(await found({ domain, since: 20 })).toEqual(new Set(ids([two, three])))
        expect(await found({ domain, until: 20 })).toEqual(new Set(ids([one])))
        expect(await found({ domain, since: 10, until: 30, user: 'ann', worker_id: 'w2' })).toEqual(new Set([two._id]))
      }
    })

    test("q is a part of the job's name in any case, or the beginning of the run's id", async () => {
      const [backup, other] = [aJob({}, { name: 'Nightly BackUp_1' }), aJob({}, { name: 'x' })]
      const [one, two] = [aRun({}, backup), aRun({ _id: 'abc-backup' }, other)]
      await given.it().runs.insert([one, two])
      expect(ids(await list({ q: 'backup' }))).toEqual([one._id])
      expect(ids(await list({ q: 'p_1' }))).toEqual([one._id])
      expect(ids(await list({ q: 'abc-' }))).toEqual([two._id])
      expect(await list({ q: 'bc-' })).toEqual([])
      expect(await list({ q: '%' })).toEqual([])
    })

    test('runs of every kind are found by a name of their job, also one that it has no more, or that was deleted', async () => {
      const { jobs, runs } = given.it()
      const [job, other] = [aJob({}, { name: 'Nightly' }), aJob({ domain: 'dev' }, { name: 'weekly' })]
      for (const one of [job, other]) await jobs.insert(one, aVersion(one), null)
      const before = ofEveryKind(job)
      const renamed: Job = { ...job, name: 'Backup', version: 2, rev: 2 }
      await jobs.replace(job, renamed, aVersion(renamed))
      const after = ofEveryKind(renamed)
      await runs.insert([...before, ...after, ...ofEveryKind(other)])
      const deleted: Job = { ...renamed, deleted_at: 5, rev: 3 }
      await jobs.replace(renamed, deleted, null)
      const sorted = (some: readonly Run[]) => ids(some).toSorted().reverse()
      for (const domain of [null, 'prod']) {
        expect(ids(await list({ domain, q: 'NIGHT' }))).toEqual(sorted(before))
        expect(ids(await list({ domain, q: 'backup' }))).toEqual(sorted(after))
        const failed = after.filter(({ status }) => status === 'failed')
        expect(ids(await list({ domain, q: 'backup', status: ['failed'] }))).toEqual(sorted(failed))
      }
      expect(await list({ domain: 'dev', q: 'backup' })).toEqual([])
      const [one] = before
      expect(ids(await list({ q: one?._id ?? '' }))).toEqual([one?._id])
    })

    test('settled runs are found by user and by worker in each domain and over all, page by page', async () => {
      const of = (domain: string, user: string, worker_id: string | null) =>
        aRun({ domain, user, worker_id, status: worker_id === null ? 'cancelled' : 'success' })
      const made = ['prod', 'dev', 'ops'].flatMap((domain) =>
        ['ann', 'bob'].flatMap((user) => [of(domain, user, 'w1'), of(domain, user, 'w2'), of(domain, user, null)]),
      )
      await given.it().runs.insert(made)
      for (const query of [
        { user: 'ann' },
        { worker_id: 'w2' },
        { user: 'bob', worker_id: 'w1' },
        { domain: 'dev', user: 'ann' },
      ]) {
        const expected = made.filter((run) =>
          Object.entries(query).every(([name, value]) => Reflect.get(run, name) === value),
        )
        const found: string[] = []
        for (
          let page = await list(query, newest(2));
          page.length > 0;
          page = await list(query, newest(2, found.at(-1) ?? null))
        )
          found.push(...ids(page))
        expect(found).toEqual(ids(expected).toSorted().reverse())
      }
    })

    test('since and until hold for runs whose id was made long before or after them', async () => {
      const { runs } = given.it()
      const now = Date.now()
      const made = [
        aRun({ created_at: now + 9e9 }),
        aRun({ created_at: now }),
        aRun({ created_at: now - 9e9 }),
        aRun({ _id: 'odd', created_at: now }),
      ]
      await runs.insert(made)
      const found = async (query: Partial<RunQuery>) => new Set(ids(await list(query)))
      for (const domain of [null, 'prod']) {
        expect(await found({ domain, since: now + 1 })).toEqual(new Set(ids(made.slice(0, 1))))
        expect(await found({ domain, until: now })).toEqual(new Set(ids(made.slice(2, 3))))
        expect(await found({ domain, since: now, until: now + 1 })).toEqual(new Set([made[1]?._id, 'odd']))
      }
    })

    test('the tail of the output is its last characters, whole ones', async () => {
      const { runs } = given.it()
      const run = aRun()
      await runs.insert([run, aRun()])
      const after = { ...run, rev: 2 }
      await runs.move([{ before: run, after, output: { stdout: `${'x'.repeat(5000)}äß€😀!`, stderr: 'err' } }])
      const tail = async (length: number) => (await list({}, newest(), length)).find((one) => one.run._id === run._id)
      expect((await tail(4))?.output).toEqual({ stdout: '€😀!'.slice(-4), stderr: 'err' })
      expect((await tail(2))?.output).toEqual({ stdout: '!', stderr: 'rr' })
      expect((await tail(4096))?.output.stdout).toHaveLength(4096)
      expect((await tail(0))?.output).toEqual(noOutput)
      await runs.move([{ before: after, after: { ...after, rev: 3 }, output: { stdout: '', stderr: 'only' } }])
      expect((await tail(9))?.output).toEqual({ stdout: '', stderr: 'only' })
    })
  })

  describe('figures of jobs', () => {
    const moved = (run: Run, change: Partial<Run>) => ({
      before: run,
      after: { ...run, ...change, rev: run.rev + 1 },
      output: null,
    })

    test('every run counts at once, before and after it is settled', async () => {
      const { jobs, runs } = given.it()
      const [job, idle] = [aJob(), aJob()]
      const made = Array.from({ length: 6 }, () => aRun({}, job))
      await runs.insert(made)
      const statuses: readonly RunStatus[] = ['success', 'failed', 'timed_out', 'cancelled', 'running', 'pending']
      await runs.move(
        made.slice(0, 5).map((run, at) => {
          const status = statuses[at] ?? 'pending'
          return moved(
            run,
            status === 'running' ? { status, session: 's', start_ts: 1 } : { status, effects, start_ts: 1 },
          )
        }),
      )
      const expected = { job_id: job._id, total: 6, success: 1, failed: 2, queued: 1 }
      const none = { job_id: idle._id, total: 0, success: 0, failed: 0, queued: 0, recent: [] }
      expect(await jobs.figures([job._id, idle._id], 0)).toEqual([{ ...expected, recent: [] }, none])
      const open = await runs.withEffects(10)
      expect(ids(open)).toEqual(ids(made.slice(0, 4)).toSorted())
      await runs.settle(open.slice(0, 2))
      expect(await jobs.figures([job._id], 0)).toMatchObject([expected])
      await runs.settle(open)
      expect(await jobs.figures([job._id], 0)).toMatchObject([expected])
    })

    test('figures that were asked for before tell of each later write: inserted, moved, with output, settled, removed', async () => {
      const { jobs, runs, history } = given.it()
      const job = aJob()
      const look = async () => {
        const [figures] = await jobs.figures([job._id], 3)
        if (figures === undefined) throw new Error('a job has figures')
        const { total, success, queued, recent } = figures
        return [total, success, queued, recent.map(({ run, output }) => `${run.status} ${output.stdout}`)]
      }
      expect(await look()).toEqual([0, 0, 0, []])
      const made = aRun({}, job)
      await runs.insert([made])
      expect(await look()).toEqual([1, 0, 1, []])
      const begun = { ...made, status: 'running' as const, session: 's', start_ts: 1, rev: made.rev + 1 }
      await runs.move([{ before: made, after: begun, output: null }])
      expect(await look()).toEqual([1, 0, 0, ['running ']])
      const over = { ...begun, status: 'success' as const, session: null, end_ts: 2, effects, rev: begun.rev + 1 }
      await runs.move([{ before: begun, after: over, output: { stdout: 'hello', stderr: '' } }])
      expect(await look()).toEqual([1, 1, 0, ['success hello']])
      await runs.settle([over])
      expect(await look()).toEqual([1, 1, 0, ['success hello']])
      await history.runs.remove([made._id])
      expect(await look()).toEqual([1, 1, 0, []])
    })

    test('a run is counted once, however often and by however many it is settled', async () => {
      const { jobs, runs } = given.it()
      const run = aRun({ status: 'success', effects })
      await runs.insert([run])
      await Promise.all([runs.settle([run]), runs.settle([run, run])])
      await runs.settle([run])
      expect(await jobs.figures([run.job_id], 0)).toMatchObject([{ total: 1, success: 1 }])
      expect(await runs.withEffects(10)).toEqual([])
      expect(await runs.get(run._id)).toEqual({ ...run, effects: [], rev: run.rev + 1 })
    })

    test('what is to be settled comes oldest first, as many as asked for', async () => {
      const { runs } = given.it()
      const made = Array.from({ length: 4 }, () => aRun({ status: 'failed', effects }))
      await runs.insert(made)
      expect(ids(await runs.withEffects(3))).toEqual(ids(made).toSorted().slice(0, 3))
    })

    test('the newest runs are those that started, the newest of them with its output', async () => {
      const { jobs, runs } = given.it()
      const job = aJob()
      const made = ofEveryKind(job)
      await runs.insert([...made, ...ofEveryKind(aJob())])
      const started = ids(made.filter((run) => run.start_ts !== null))
        .toSorted()
        .reverse()
      const last = made.find((run) => run._id === started[0])
      if (last) await runs.move([{ ...moved(last, {}), output: { stdout: 'hello', stderr: '' } }])
      const [figures] = await jobs.figures([job._id], 4)
      expect(ids(figures?.recent ?? [])).toEqual(started.slice(0, 4))
      expect(figures?.recent[0]?.output.stdout).toBe('hello')
      expect(ids((await jobs.figures([job._id], 99))[0]?.recent ?? [])).toEqual(started)
    })
  })
}
