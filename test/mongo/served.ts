/**
 * Whether an index serves a query, by the rules of MongoDB: fields that are compared for equality (with one value or, `$in`, with
 * some) are the beginning of the index, then come those that the result is sorted by, or one that has a range.
 * Source: MongoDB's manual, "The ESR (Equality, Sort, Range) Guideline"; at most 200 scans are merged into one sorted read.
 */

export type Keys = Readonly<Record<string, number>>

export interface Query {
  readonly filter: unknown
  readonly sort?: unknown
  /** A query with a limit may read an index from its beginning. */
  readonly limit?: number
}

const mostMerged = 200

/** Of each field that narrows a query: with how many values it is compared, or a range of them. */
interface Narrowed {
  readonly equal: ReadonlyMap<string, number>
  readonly ranges: ReadonlySet<string>
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

function narrowedBy(filter: unknown): Narrowed {
  const [equal, ranges] = [new Map<string, number>(), new Set<string>()]
  const take = (some: unknown): void => {
    if (!isPlain(some)) return
    for (const [field, value] of Object.entries(some)) {
      if (field === '$and' && Array.isArray(value)) value.forEach(take)
      // What is in an `$or` is looked at in each document that the rest finds.
      else if (field.startsWith('$')) continue
      else if (!isPlain(value) || !Object.keys(value).some((name) => name.startsWith('$'))) equal.set(field, 1)
      else if (Array.isArray(value.$in)) equal.set(field, value.$in.length)
      else if (['$gt', '$gte', '$lt', '$lte'].some((name) => name in value)) ranges.add(field)
    }
  }
  take(filter)
  return { equal, ranges }
}

function sortOf(sort: unknown): readonly (readonly [string, number])[] {
  const pairs = sort instanceof Map ? [...sort] : isPlain(sort) ? Object.entries(sort) : []
  return pairs.map(([field, direction]) => [String(field), Number(direction)])
}

/** Whether one index does. Pure. */
export function isServed(index: Keys, { filter, sort, limit }: Query): boolean {
  const [fields, { equal, ranges }] = [Object.entries(index), narrowedBy(filter)]
  const wanted = sortOf(sort).filter(([field]) => equal.get(field) !== 1)
  const isNarrowed = fields.some(([field], at) => at === 0 && (equal.has(field) || ranges.has(field)))
  if (wanted.length === 0) return isNarrowed
  let merged = 1
  for (let at = 0; at <= fields.length; at += 1) {
    const rest = fields.slice(at).filter(([field]) => equal.get(field) !== 1)
    const signs = wanted.map(([field, direction], nth) =>
      rest[nth]?.[0] === field ? direction * (rest[nth]?.[1] ?? 0) : 0,
    )
    const isSorted = signs.every((sign) => sign !== 0 && sign === signs[0])
    if (isSorted && merged <= mostMerged && (isNarrowed || limit !== undefined)) return true
    const values = equal.get(fields[at]?.[0] ?? '')
    if (values === undefined) return false
    merged *= values
  }
  return false
}

/** Whether the values of a field can be told apart in an index without reading all of them. Pure. */
export function isDistinctServed(index: Keys, field: string, filter: unknown): boolean {
  const { equal } = narrowedBy(filter)
  const rest = Object.keys(index).filter((name) => equal.get(name) !== 1)
  return rest[0] === field
}
