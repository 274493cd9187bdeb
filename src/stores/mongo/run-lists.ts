import type { Filter } from 'mongodb'
import { z } from 'zod'
import { type RunStatus, runStatuses } from '../../model/run.ts'
import type { Page, RunQuery, StoredRun } from '../../ports/store.ts'
import { momentOf } from '../id-time.ts'
import type { Collections } from './collections.ts'
import { asked } from './gate.ts'
import type { RunRanges } from './id-range.ts'
import { noRuns, settledStages, stages, statusesOf } from './run-document.ts'
import type { Look, RunReads } from './run-reads.ts'
import { beginningWith, literal, reader, type Stored } from './stored.ts'

/** More jobs than these with a text in a name are not listed one by one: then it is common enough to be met on the way. */
const mostJobs = 500
/** The server merges at most 200 scans into one ordered read: so many jobs, in both stages of settled runs. */
const jobsAtOnce = 90
/** So many domains are merged likewise; of more, all runs are read in their order and the others passed over. */
const mostDomains = 150

const readOrder = reader('run', z.object({ _id: z.string(), order: z.string() }))
const readNamed = reader('name of a job', z.object({ job_id: z.string() }))
const readDomains = reader('list of domains', z.array(z.string()))

type Rules = Filter<Stored>

/** A list in the order of ids: what it holds, and the index it is read from. */
interface Source {
  readonly rules: Rules
  readonly hint: NonNullable<Look['hint']>
}

const inOrder = { order: 1 } as const
const isRun = { stage: { $nin: noRuns } } as const
const byStage = { stage: 1, order: 1, status: 1 } as const
const byJob = { stage: 1, job_id: 1, order: 1, status: 1 } as const
const byDomain = { domain: 1, ...byStage } as const

/**
 * Pages of runs. Each looks at the stages that have what is asked for (see `run-document.ts`), so that a page of failures, or
 * of what waits, does not walk over a million others.
 */
export class RunLists {
  readonly #in: Pick<Collections, 'runs' | 'jobNames'>
  readonly #reads: RunReads
  readonly #ranges: RunRanges

  constructor(collections: Collections, reads: RunReads, ranges: RunRanges) {
    this.#in = collections
    this.#reads = reads
    this.#ranges = ranges
  }

  async page(query: RunQuery, page: Page, tail: number): Promise<readonly StoredRun[]> {
    const found = await this.#merged(query, page, (rules, look) => this.#reads.findWithOutput(rules, look, tail))
    return found.map(({ run, output }) => ({ run, output }))
  }

  /** As `page`, without the runs themselves. */
  async ids(query: RunQuery, page: Page): Promise<readonly string[]> {
    const found = await this.#merged(query, page, async (rules, { sort, limit, hint }) => {
      const options = { projection: { order: 1 }, sort: { ...sort }, limit, hint: { ...hint } }
      return (await asked(() => this.#in.runs.find(rules, options).toArray())).map(readOrder)
    })
    return found.map(({ _id }) => _id)
  }

  /** The first of the lists that hold some of what is asked for, each once, in their order. */
  async #merged<One extends { readonly order: string }>(
    query: RunQuery,
    page: Page,
    read: (rules: Rules, look: Required<Look>) => Promise<readonly One[]>,
  ): Promise<readonly One[]> {
    if (page.limit <= 0 || query.status?.length === 0) return []
    const [sources, common] = [await this.#sources(query), await this.#common(query, page)]
    const look = { sort: { order: page.oldestFirst ? 1 : -1 }, limit: page.limit } as const
    const lists = await Promise.all(sources.map(({ rules, hint }) => read(allOf(rules, ...common), { ...look, hint })))
    const found = new Map(lists.flat().map((one) => [one.order, one]))
    const orders = [...found.keys()].sort((one, other) => (one < other === page.oldestFirst ? -1 : 1))
    return orders.slice(0, page.limit).flatMap((order) => found.get(order) ?? [])
  }

  /** Where a run stands in the order of lists. */
  async orderOf(id: string): Promise<string> {
    if (momentOf(id) !== null) return id
    const stored = await asked(() => this.#in.runs.findOne({ _id: id }, { projection: { order: 1 } }))
    return stored === null ? id : readOrder(stored).order
  }

  /** The rules that each list is held to, whatever it is read from. */
  async #common(query: RunQuery, page: Page): Promise<readonly Rules[]> {
    const { domain, job_id, user, worker_id, since, until, q } = query
    const equal = Object.entries({ domain, job_id, user, worker_id }).filter(([, value]) => value !== null)
    const range = await this.#ranges.between(since, until)
    const after = page.after === null ? null : await this.orderOf(page.after)
    return [
      Object.fromEntries(equal),
      ...(query.status === null ? [] : [statusRule(query.status)]),
      ...(since === null ? [] : [{ created_at: { $gte: since } }]),
      ...(until === null ? [] : [{ created_at: { $lt: until } }]),
      ...(range.from === null ? [] : [{ order: { $gte: range.from } }]),
      ...(range.before === null ? [] : [{ order: { $lt: range.before } }]),
      ...(after === null ? [] : [{ order: { [page.oldestFirst ? '$gt' : '$lt']: after } }]),
      ...(q === null ? [] : [{ $or: [{ job_text: { $regex: literal(q.toLowerCase()) } }, { _id: beginningWith(q) }] }]),
    ]
  }

  /** The lists that hold all that is asked for: as short ones as there are. */
  async #sources(query: RunQuery): Promise<readonly Source[]> {
    const named = query.q === null || query.job_id !== null ? null : await this.#jobsNamed(query.domain, query.q)
    if (named !== null) return this.#named(query, named)
    const stage = { $in: stagesOf(query.status) }
    if (query.job_id !== null) return [{ rules: { job_id: query.job_id, stage }, hint: byJob }]
    const { user, worker_id } = query
    const of = user !== null ? { user } : worker_id !== null ? { worker_id } : null
    if (of !== null) {
      const domains = query.domain === null ? await this.#domains() : [query.domain]
      if (domains === null) return [{ rules: { ...of, ...isRun }, hint: inOrder }]
      const [field] = Object.keys(of)
      return [{ rules: { domain: { $in: domains }, ...of }, hint: { domain: 1, [field ?? '']: 1, order: 1 } }]
    }
    return [this.#inStages(query, stagesOf(query.status))]
  }

  #inStages({ domain }: RunQuery, some: readonly string[]): Source {
    if (domain !== null) return { rules: { domain, stage: { $in: some } }, hint: byDomain }
    return some.length === stages.length
      ? { rules: isRun, hint: inOrder }
      : { rules: { stage: { $in: some } }, hint: byStage }
  }

  /** What is not settled; the settled runs of the jobs that have the text in a name; and those whose id begins with it. */
  #named(query: RunQuery, jobs: readonly string[]): readonly Source[] {
    const asked = stagesOf(query.status)
    const settled = asked.filter((stage) => settledStages.includes(stage))
    const unsettled = asked.filter((stage) => !settledStages.includes(stage))
    const found: Source[] = unsettled.length > 0 ? [this.#inStages(query, unsettled)] : []
    for (let at = 0; at < jobs.length && settled.length > 0; at += jobsAtOnce)
      found.push({ rules: { job_id: { $in: jobs.slice(at, at + jobsAtOnce) }, stage: { $in: settled } }, hint: byJob })
    found.push({ rules: { order: beginningWith(query.q ?? ''), ...isRun }, hint: inOrder })
    // An earlier system's ids are in no order: by their first seconds' worth of digits they are few.
    if (/^[0-9a-f]{8,24}$/.test(query.q ?? ''))
      found.push({ rules: { _id: beginningWith(query.q ?? ''), ...isRun }, hint: { _id: 1 } })
    return found
  }

  /** The jobs that have a text in one of their names, which are far fewer than runs; null when they are too many. */
  async #jobsNamed(domain: string | null, q: string): Promise<readonly string[] | null> {
    const rules: Rules = { ...(domain !== null && { domain }), text: { $regex: literal(q.toLowerCase()) } }
    const options = { projection: { job_id: 1 }, limit: mostJobs + 1, hint: { domain: 1, text: 1 } }
    const names = await asked(() => this.#in.jobNames.find(rules, options).toArray())
    const ids = [...new Set(names.map((name) => readNamed(name).job_id))]
    return names.length > mostJobs ? null : ids
  }

  /** The domains that have runs, or null where they are too many. */
  async #domains(): Promise<readonly string[] | null> {
    const domains = readDomains(await asked(() => this.#in.runs.distinct('domain')))
    return domains.length > mostDomains ? null : domains
  }
}

const allOf = (...rules: readonly Rules[]): Rules => {
  const some = rules.filter((one) => Object.keys(one).length > 0)
  return some.length === 0 ? {} : { $and: [...some] }
}

const statusRule = (statuses: readonly RunStatus[]): Rules =>
  statuses.length === runStatuses.length ? {} : { status: { $in: statuses } }

/** The stages in which runs of these statuses can be. */
const stagesOf = (asked: readonly RunStatus[] | null) =>
  stages.filter((stage) => asked === null || statusesOf[stage].some((status) => asked.includes(status)))
