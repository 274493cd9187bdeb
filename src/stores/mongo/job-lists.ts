import type { Filter } from 'mongodb'
import { z } from 'zod'
import type { Job } from '../../model/job.ts'
import type { JobPage, JobQuery, Page } from '../../ports/store.ts'
import { momentOf } from '../id-time.ts'
import { asked } from './gate.ts'
import { readJob, sortable } from './job-document.ts'
import { type Documents, literal, reader, type Stored } from './stored.ts'

type Rules = Filter<Stored>
type Sort = NonNullable<JobPage['sort']>['by'] | 'created_at'

/** What each order is by; those of one value follow `order`. Null: that is all. */
const fields = {
  created_at: null,
  name: 'text',
  updated_at: 'updated_at',
  priority: 'priority',
  next_run_at: 'next_run_at',
} as const satisfies Record<Sort, string | null>

const readOrder = reader('job', z.object({ _id: z.string(), order: z.string() }))

/** Pages of jobs in any of their orders, each by an index of that order; what does not match is passed over. */
export class JobLists {
  readonly #jobs: Documents

  constructor(jobs: Documents) {
    this.#jobs = jobs
  }

  async page(query: JobQuery, page: JobPage): Promise<readonly Job[]> {
    if (page.limit <= 0) return []
    const rules = rulesOf(query)
    const after = page.after === null ? null : await this.#orderOf(page.after)
    if (page.sort?.by !== 'next_run_at') {
      const beyond = after === null ? [] : [beyondOf(page, after)]
      return this.#read([rules, ...beyond], page, page.limit)
    }
    return this.#byPlan(rules, page, after)
  }

  /** The ids of a page by creation. */
  async ids(query: JobQuery, page: Page): Promise<readonly string[]> {
    if (page.limit <= 0) return []
    const after = page.after === null ? null : await this.#orderOf(page.after)
    const rules = { $and: [rulesOf(query), ...(after === null ? [] : [beyondOf(page, after)])] }
    const options = { projection: { order: 1 }, ...lookOf(query.domain !== null, page, page.limit) } as const
    return (await asked(() => this.#jobs.find(rules, options).toArray())).map((found) => readOrder(found)._id)
  }

  /** First what is planned, then, in the order of creation, what has no tick left. */
  async #byPlan(rules: Rules, page: JobPage, after: string | null): Promise<readonly Job[]> {
    const isPlanned = after === null || (page.sort?.value ?? null) !== null
    const beyond = after === null ? [] : [beyondOf(page, after)]
    const some = { next_run_at: { $gte: Number.MIN_SAFE_INTEGER } }
    const planned = isPlanned ? await this.#read([rules, some, ...beyond], page, page.limit) : []
    const left = page.limit - planned.length
    if (left === 0) return planned
    const place = isPlanned || after === null ? [] : [{ order: { [than(page)]: after } }]
    return [...planned, ...(await this.#read([rules, { next_run_at: null }, ...place], page, left))]
  }

  async #read(rules: readonly Rules[], page: JobPage, limit: number): Promise<readonly Job[]> {
    const hasDomain = rules.some((one) => 'domain' in one)
    const options = lookOf(hasDomain, page, limit)
    return (await asked(() => this.#jobs.find({ $and: [...rules] }, options).toArray())).map(readJob)
  }

  /** Where a job stands in the order of creation. */
  async #orderOf(id: string): Promise<string> {
    if (momentOf(id) !== null) return id
    const stored = await asked(() => this.#jobs.findOne({ _id: id }, { projection: { order: 1 } }))
    return stored === null ? id : readOrder(stored).order
  }
}

/** In which order, how many, and by which index. */
function lookOf(hasDomain: boolean, { sort, oldestFirst }: JobPage, limit: number) {
  const field = fields[sort?.by ?? 'created_at']
  const direction: 1 | -1 = oldestFirst ? 1 : -1
  const by = field === null ? {} : { [field]: 1 as const }
  return {
    sort: field === null ? { order: direction } : ({ [field]: direction, order: direction } as const),
    limit,
    hint: { ...(hasDomain && { domain: 1 as const }), deleted: 1 as const, ...by, order: 1 as const },
  } as const
}

const than = ({ oldestFirst }: JobPage): '$gt' | '$lt' => (oldestFirst ? '$gt' : '$lt')

/** What comes after the last row of the page before. */
function beyondOf(page: JobPage, after: string): Rules {
  const field = fields[page.sort?.by ?? 'created_at']
  if (field === null) return { order: { [than(page)]: after } }
  const given = page.sort?.value ?? null
  const value = typeof given === 'string' ? sortable(given) : given
  // The bound says nothing new, but where in the index to begin: an `$or` does not.
  const bound = { [field]: { [page.oldestFirst ? '$gte' : '$lte']: value } }
  return { ...bound, $or: [{ [field]: { [than(page)]: value } }, { order: { [than(page)]: after } }] }
}

function rulesOf({ domain, mode, enabled, queue, q }: JobQuery): Rules {
  const equal = Object.entries({ domain, mode, enabled, queue }).filter(([, value]) => value !== null)
  const text = q === null ? {} : { text: { $regex: literal(sortable(q.toLowerCase())) } }
  return { deleted: 0, ...Object.fromEntries(equal), ...text }
}
