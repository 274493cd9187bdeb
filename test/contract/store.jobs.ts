import { describe, expect, test } from 'vitest'
import type { Job } from '../../src/model/job.ts'
import type { JobQuery } from '../../src/ports/store.ts'
import { aJob, aRun, aVersion, builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

const everything: JobQuery = { domain: null, q: null, mode: null, enabled: null, queue: null }
const newest = (limit: number, after: string | null = null) => ({ limit, after, oldestFirst: false })
const ids = (jobs: readonly Job[]) => jobs.map(({ _id }) => _id)
const edited = (job: Job, change: Partial<Job>): Job => ({ ...job, ...change, rev: job.rev + 1 })

export function jobTests(given: Given): void {
  const stored = async (...jobs: readonly Job[]) => {
    for (const job of jobs) expect(await given.it().jobs.insert(job, aVersion(job), null)).toBe('inserted')
  }

  describe('jobs', () => {
    test('an inserted job is there with its version and its first run, also after a restart', async () => {
      const job = aJob({}, { name: 'näme', executor: { type: 'shell', script: 'echo "1"\n' } })
      const run = aRun({}, job)
      expect(await given.it().jobs.insert(job, aVersion(job), run)).toBe('inserted')
      const { jobs, runs } = await given.reopened()
      expect(await jobs.get(job._id)).toEqual(job)
      expect(await jobs.version(job._id, 1)).toEqual(aVersion(job))
      expect(await runs.get(run._id)).toEqual(run)
      expect(await jobs.get('none')).toBeNull()
      expect(await jobs.version(job._id, 2)).toBeNull()
    })

    test('a repeated insert writes nothing, and says that the job is present', async () => {
      const { jobs, runs } = given.it()
      const job = aJob()
      await stored(job)
      const run = aRun({}, job)
      expect(await jobs.insert({ ...job, name: 'other' }, aVersion(job), run)).toBe('present')
      expect(await jobs.get(job._id)).toEqual(job)
      expect(await runs.get(run._id)).toBeNull()
    })

    test('a key is one job of a domain only; without a key any number of jobs are alike', async () => {
      const { jobs, runs } = given.it()
      const [one, other] = [aJob({ key: 'nightly' }), aJob({ key: 'nightly' })]
      const run = aRun({}, other)
      await stored(one, aJob(), aJob(), aJob({ key: 'nightly', domain: 'dev' }))
      expect(await jobs.insert(other, aVersion(other), run)).toBe('key_taken')
      expect(await jobs.get(other._id)).toBeNull()
      expect(await runs.get(run._id)).toBeNull()
    })

    test('of two inserts under one key, one wins', async () => {
      const { jobs } = given.it()
      const [one, other] = [aJob({ key: 'k' }), aJob({ key: 'k' })]
      const said = await Promise.all([jobs.insert(one, aVersion(one), null), jobs.insert(other, aVersion(other), null)])
      expect(said.toSorted()).toEqual(['inserted', 'key_taken'])
    })

    test('a deleted job gives its key back, is in no list, and can still be read', async () => {
      const { jobs } = given.it()
      const job = aJob({ key: 'k', next_run_at: 5 })
      await stored(job)
      const deleted = edited(job, {
        deleted_at: builtAt,
        next_run_at: null,
        effects: [{ kind: 'cancel_runs', by: 'me' }],
      })
      expect(await jobs.replace(job, deleted, null)).toBe(true)
      expect(await jobs.get(job._id)).toEqual(deleted)
      expect(await jobs.list(everything, newest(10))).toEqual([])
      expect(await jobs.list({ ...everything, domain: 'prod' }, newest(10))).toEqual([])
      expect(await jobs.count('prod')).toBe(0)
      expect(await jobs.due(10, 10)).toEqual([])
      expect(await jobs.withEffects(null, 10)).toEqual({ jobs: [deleted], next: null })
      expect(await jobs.withDue(null, 10)).toEqual({ jobs: [], next: null })
      await stored(aJob({ key: 'k' }))
    })

    test('of two edits of one reading, one wins, and the version kept is its own', async () => {
      const { jobs } = given.it()
      const job = aJob()
      await stored(job)
      const edits = ['left', 'right'].map((name) => edited(job, { name, version: 2 }))
      const won = await Promise.all(edits.map((after) => jobs.replace(job, after, aVersion(after))))
      expect(won.filter(Boolean)).toHaveLength(1)
      const now = await jobs.get(job._id)
      expect(now).toEqual(edits[won.indexOf(true)])
      expect((await jobs.version(job._id, 2))?.definition.name).toBe(now?.name)
      expect((await jobs.version(job._id, 1))?.definition.name).toBe(job.name)
    })

    test('versions are listed by number, each with who made it, in pages of either order', async () => {
      const { jobs } = given.it()
      let job = aJob({ updated_by: 'one' })
      await stored(job, aJob())
      for (const actor of ['two', 'three', null]) {
        const after = edited(job, { name: `by ${actor}`, version: job.version + 1, updated_by: actor })
        expect(await jobs.replace(job, after, aVersion(after))).toBe(true)
        job = after
      }
      const list = async (limit: number, after: string | null, oldestFirst = false) =>
        (await jobs.versions(job._id, { limit, after, oldestFirst })).map(({ version, actor }) => [version, actor])
      expect(await list(9, null)).toEqual([
        [4, null],
        [3, 'three'],
        [2, 'two'],
        [1, 'one'],
      ])
      expect(await list(2, '3')).toEqual([
        [2, 'two'],
        [1, 'one'],
      ])
      expect(await list(2, '2', true)).toEqual([
        [3, 'three'],
        [4, null],
      ])
      expect(await jobs.versions(job._id, { limit: 1, after: null, oldestFirst: false })).toEqual([aVersion(job)])
      expect(await jobs.versions('nope', { limit: 1, after: null, oldestFirst: false })).toEqual([])
    })

    test("an edit to another job's key is refused, and nothing changes", async () => {
      const { jobs } = given.it()
      const [one, other] = [aJob({ key: 'a' }), aJob({ key: 'b' })]
      await stored(one, other)
      const after = edited(other, { key: 'a', version: 2 })
      expect(await jobs.replace(other, after, aVersion(after))).toBe(false)
      expect(await jobs.get(other._id)).toEqual(other)
      expect(await jobs.replace(other, edited(other, { key: 'c' }), null)).toBe(true)
    })
  })

  describe('lists of jobs', () => {
    test('are newest first, page by the last id, and can begin with the oldest', async () => {
      const { jobs } = given.it()
      const made = Array.from({ length: 5 }, () => aJob())
      await stored(...made)
      const expected = ids(made).toSorted().reverse()
      const first = await jobs.list(everything, newest(2))
      expect(await jobs.ids(everything, newest(2))).toEqual(ids(first))
      const second = await jobs.list(everything, newest(2, first.at(-1)?._id))
      const third = await jobs.list(everything, newest(2, second.at(-1)?._id))
      expect(ids([...first, ...second, ...third])).toEqual(expected)
      const oldest = await jobs.list(everything, { limit: 3, after: expected.at(-1) ?? null, oldestFirst: true })
      expect(ids(oldest)).toEqual(expected.toReversed().slice(1, 4))
    })

    test('filter by domain, mode, enabled and queue', async () => {
      const { jobs } = given.it()
      const plain = aJob()
      const planned = aJob({}, { queue: 'gpu', schedule: { mode: 'interval', interval_seconds: 5, enabled: false } })
      const foreign = aJob({ domain: 'dev' })
      await stored(plain, planned, foreign)
      const found = async (query: Partial<JobQuery>) =>
        ids(await jobs.list({ ...everything, ...query }, newest(10))).toSorted()
      expect(await found({ domain: 'prod' })).toEqual(ids([plain, planned]).toSorted())
      expect(await found({ domain: 'prod', mode: 'interval' })).toEqual([planned._id])
      expect(await found({ enabled: false })).toEqual([planned._id])
      expect(await found({ domain: 'prod', enabled: true })).toEqual([plain._id])
      expect(await found({ queue: 'gpu' })).toEqual([planned._id])
      expect(await found({ domain: 'dev', queue: 'gpu' })).toEqual([])
      expect(await jobs.count(null)).toBe(3)
      expect(await jobs.count('prod')).toBe(2)
    })

    test('q is a part of the name or the key, in any case, and no pattern', async () => {
      const { jobs } = given.it()
      const named = aJob({}, { name: 'Über 100% Backup' })
      const keyed = aJob({}, { name: 'x', key: 'backup_all' })
      await stored(named, keyed, aJob({}, { name: 'other' }))
      const found = async (q: string) => ids(await jobs.list({ ...everything, q }, newest(10))).toSorted()
      expect(await found('BACKUP')).toEqual(ids([named, keyed]).toSorted())
      expect(await found('üBER')).toEqual([named._id])
      expect(await found('0%')).toEqual([named._id])
      expect(await found('p_a')).toEqual([keyed._id])
      expect(await found('b%p')).toEqual([])
    })

    test('what an edit changes is found by its new values at once', async () => {
      const { jobs } = given.it()
      const job = aJob()
      await stored(job)
      await jobs.replace(job, edited(job, { name: 'renamed', queue: 'gpu' }), null)
      expect(await jobs.list({ ...everything, q: 'rename', queue: 'gpu' }, newest(10))).toHaveLength(1)
      expect(await jobs.list({ ...everything, queue: 'default' }, newest(10))).toHaveLength(0)
    })
  })
}
