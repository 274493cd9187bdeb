import type { Filter } from 'mongodb'
import { type LedgerRow, placeIn, type TickOutcome } from '../../model/ledger.ts'
import { Skip } from '../../model/skip.ts'
import type { Millis } from '../../model/time.ts'
import type { LedgerQuery, Page } from '../../ports/store.ts'
import type { Collections } from './collections.ts'
import { asked } from './gate.ts'
import type { RunReads } from './run-reads.ts'
import { reader, type Stored } from './stored.ts'

const byTick = { job_id: 1, late: 1, schedule_tick: 1 } as const
const byOutcome = { job_id: 1, outcome: 1, from: 1 } as const

const readSkip = reader('row of the ledger', Skip)

/** The ledger of a job's ticks: its runs by their ticks, and its skips, each by an index in the order of time. */
export class Ledger {
  readonly #in: Pick<Collections, 'skips'>
  readonly #reads: RunReads

  constructor(collections: Pick<Collections, 'skips'>, reads: RunReads) {
    this.#in = collections
    this.#reads = reads
  }

  async page(query: LedgerQuery, page: Page): Promise<readonly LedgerRow[]> {
    if (page.limit <= 0) return []
    const has = (...some: readonly TickOutcome[]) => query.outcome === null || some.includes(query.outcome)
    const late = [...(has('run') ? [0] : []), ...(has('late') ? [1] : [])]
    const rows = await Promise.all([
      ...(late.length > 0 ? [this.#runs(query, page, late)] : []),
      ...(has('skipped') ? [this.#skips(query, page, 'skipped')] : []),
      ...(has('missed') ? [this.#skips(query, page, 'missed')] : []),
    ])
    const sign = page.oldestFirst ? 1 : -1
    const sorted = rows.flat().sort((one, other) => sign * (placeIn(one) - placeIn(other)))
    return sorted.slice(0, page.limit)
  }

  async #runs(
    { job_id, since, until }: LedgerQuery,
    page: Page,
    late: readonly number[],
  ): Promise<readonly LedgerRow[]> {
    const rules = { job_id, late: { $in: late }, $and: spanOf('schedule_tick', { since, until }, page) }
    const sort = { schedule_tick: page.oldestFirst ? 1 : -1 } as const
    const runs = await this.#reads.find(rules, { sort, limit: page.limit, hint: byTick })
    return runs.map((run) => ({ run, skip: null }))
  }

  async #skips(
    { job_id, since, until }: LedgerQuery,
    page: Page,
    outcome: Skip['outcome'],
  ): Promise<readonly LedgerRow[]> {
    const from = since === null ? null : await this.#begun(job_id, outcome, since)
    const rules = { job_id, outcome, $and: spanOf('from', { since: from, until }, page) }
    const options = { sort: { from: page.oldestFirst ? 1 : -1 }, limit: page.limit, hint: byOutcome } as const
    const skips = await asked(() => this.#in.skips.find(rules, options).toArray())
    return skips.map((skip) => ({ run: null, skip: readSkip(skip) }))
  }

  /** A series that began before and goes on into the span belongs to it. */
  async #begun(job_id: string, outcome: Skip['outcome'], since: Millis): Promise<Millis> {
    const options = { sort: { from: -1 }, hint: byOutcome } as const
    const found = await asked(() => this.#in.skips.findOne({ job_id, outcome, from: { $lt: since } }, options))
    const begun = found === null ? null : readSkip(found)
    return begun !== null && begun.to >= since ? begun.from : since
  }
}

/** From the beginning of a span, or after the last row of the page before, to before its end. */
function spanOf(
  field: string,
  { since, until }: { readonly since: Millis | null; readonly until: Millis | null },
  { after, oldestFirst }: Page,
): Filter<Stored>[] {
  const place = after === null ? [] : [{ [field]: { [oldestFirst ? '$gt' : '$lt']: Number(after) } }]
  return [
    { [field]: { $gte: since ?? Number.MIN_SAFE_INTEGER } },
    ...(until === null ? [] : [{ [field]: { $lt: until } }]),
    ...place,
  ]
}
