import { describe, expect, test } from 'vitest'
import type { Job } from '../../src/model/job.ts'
import { type JobSort, jobSorts, sortValue } from '../../src/model/job-order.ts'
import type { JobPage, JobQuery } from '../../src/ports/store.ts'
import { aJob, aVersion, builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

const everything: JobQuery = { domain: null, q: null, mode: null, enabled: null, queue: null }
const ids = (jobs: readonly Job[]) => jobs.map((job) => job._id)

/** Jobs of three domains that differ in everything they can be sorted by, some of them not. */
const ofEveryKind = (): readonly Job[] =>
  ['prod', 'dev', 'prod', 'ops', 'dev', 'prod', 'ops', 'prod', 'dev'].map((domain, at) =>
    aJob(
      { domain, updated_at: builtAt + (at % 4), next_run_at: at % 3 === 0 ? null : builtAt + (at % 5) },
      { name: ['Alpha', 'beta', 'Ähre', 'alpha', '😀', '﹫', 'Beta', 'gamma', 'Alpha'][at], priority: (at * 7) % 4 },
    ),
  )

/** As UTF-8 orders: not as JavaScript compares beyond 16 bits. */
function compare(by: JobSort, one: Job, other: Job): number {
  const [left, right] = [sortValue(one, by), sortValue(other, by)]
  if (typeof left === 'number' && typeof right === 'number') return left - right
  return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)))
}

const sorted = (jobs: readonly Job[], by: JobSort): readonly Job[] =>
  jobs.toSorted((one, other) => compare(by, one, other) || (one._id < other._id ? -1 : 1))

/** The order that is asked for; what has no value comes last in either direction. */
function expected(jobs: readonly Job[], by: JobSort, oldestFirst: boolean): readonly string[] {
  const withValue = sorted(
    jobs.filter((job) => sortValue(job, by) !== null),
    by,
  )
  const without = sorted(
    jobs.filter((job) => sortValue(job, by) === null),
    'created_at',
  )
  return [withValue, without].flatMap((part) => ids(oldestFirst ? part : part.toReversed()))
}

export function jobOrderTests(given: Given): void {
  const pages = async (query: Partial<JobQuery>, by: JobSort, oldestFirst: boolean, limit: number) => {
    const found: Job[] = []
    for (;;) {
      const last = found.at(-1)
      const plain = { limit, after: last?._id ?? null, oldestFirst }
      const page: JobPage =
        by === 'created_at' ? plain : { ...plain, sort: { by, value: last ? sortValue(last, by) : null } }
      const some = await given.it().jobs.list({ ...everything, ...query }, page)
      expect(some.length).toBeLessThanOrEqual(limit)
      found.push(...some)
      if (some.length < limit) return ids(found)
    }
  }

  describe('the orders of jobs', () => {
    test.each(jobSorts)(
      'by %s: pages follow each other in either direction, over all domains and in one',
      async (by) => {
        const jobs = ofEveryKind()
        for (const job of jobs) await given.it().jobs.insert(job, aVersion(job), null)
        for (const oldestFirst of [true, false])
          for (const limit of [1, 2, 4, 100]) {
            expect(await pages({}, by, oldestFirst, limit)).toEqual(expected(jobs, by, oldestFirst))
            const mine = jobs.filter(({ domain }) => domain === 'prod')
            expect(await pages({ domain: 'prod' }, by, oldestFirst, limit)).toEqual(expected(mine, by, oldestFirst))
          }
      },
    )

    test('a sorted list is filtered like any other, and what an edit or a deletion changes moves at once', async () => {
      const { jobs } = given.it()
      const made = ofEveryKind()
      for (const job of made) await jobs.insert(job, aVersion(job), null)
      const found = (by: JobSort) => pages({ q: 'alpha', enabled: true }, by, true, 2)
      const alphas = made.filter(({ name }) => name.toLowerCase() === 'alpha')
      for (const by of jobSorts) expect(await found(by)).toEqual(expected(alphas, by, true))
      const [first, second, third] = alphas
      if (!first || !second || !third) throw new Error('three jobs are called alpha')
      const edited: Job = {
        ...first,
        name: 'Alpha z',
        priority: 9,
        updated_at: builtAt + 99,
        rev: 2,
        next_run_at: builtAt + 99,
      }
      const deleted: Job = { ...second, deleted_at: builtAt, next_run_at: null, rev: 2 }
      await jobs.replace(first, edited, null)
      await jobs.replace(second, deleted, null)
      for (const by of jobSorts) expect(await found(by)).toEqual(expected([edited, third], by, true))
    })
  })
}
