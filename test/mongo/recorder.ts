import { names } from '../../src/stores/mongo/collections.ts'
import { indexes } from '../../src/stores/mongo/indexes.ts'
import { isDistinctServed, isServed, type Keys, type Query } from './served.ts'

type Command = Readonly<Record<string, unknown>>

/** Queries that are meant to be served by no index: read whole, and few; or once, by the first start on a database. */
const meant: readonly (readonly [collection: string, filter: RegExp])[] = [
  // Tables of a handful of documents.
  ['domains', /^\{"removed_at":null\}$/],
  ['worker_records', /^\{\}$/],
  // The names of jobs, looked through for a text: far fewer than runs, and narrow.
  ['job_names', /^\{"text":/],
  // Versions in a walk over all of them, by their ids.
  ['job_versions', /^\{\}$/],
  ['domains', /^\{"removed_at":\{"\$exists":false\}\}$/],
  ['job_definitions', /^\{"rev":\{"\$exists":false\}\}$/],
  ['job_runs', /^\{"rev":\{"\$exists":false\}\}$/],
]

/** Keeps one of each shape of query that is sent to a server. */
export class Recorder {
  readonly #queries = new Map<
    string,
    readonly [collection: string, isServed: (index: Keys) => boolean, hint: unknown]
  >()

  take(command: Command): void {
    for (const [name, key] of [
      ['find', 'filter'],
      ['findAndModify', 'query'],
    ] as const)
      if (name in command) this.#query(command[name], command[key], command)
    if ('aggregate' in command) this.#query(command.aggregate, firstMatch(command.pipeline), command)
    for (const part of [command.updates, command.deletes])
      if (Array.isArray(part)) for (const { q } of part) this.#query(command.update ?? command.delete, q, {})
    if ('distinct' in command) {
      const { distinct, key, query } = command
      const shape = `${distinct} distinct ${key} ${shapeOf(query)}`
      this.#queries.set(shape, [String(distinct), (index) => isDistinctServed(index, String(key), query), null])
    }
  }

  get count(): number {
    return this.#queries.size
  }

  /** What no index serves; of a query that names an index: what that one does not serve. */
  unserved(): readonly string[] {
    const found: string[] = []
    for (const [shape, [collection, isServedBy, hint]] of this.#queries) {
      const all = indexesOf(collection)
      const asked = hint === null || hint === undefined ? all : all.filter((index) => shapeOf(index) === shapeOf(hint))
      if (!asked.some(isServedBy)) found.push(shape)
    }
    return found
  }

  #query(collection: unknown, filter: unknown, { sort, limit, hint }: Command): void {
    const query: Query = { filter, sort, ...(typeof limit === 'number' && { limit }) }
    if (meant.some(([name, pattern]) => name === collection && pattern.test(JSON.stringify(filter) ?? ''))) return
    // How many values a field is compared with is part of a query's shape only where it is too many.
    const isMany = shapeOf(filter).length > 2000
    const shape = `${collection} ${isMany ? 'with many values ' : ''}${kindOf(filter)} sort ${shapeOf(sort)} hint ${shapeOf(hint)}`
    this.#queries.set(shape, [String(collection), (index) => isServed(index, query), hint])
  }
}

const firstMatch = (pipeline: unknown): unknown => (Array.isArray(pipeline) ? (pipeline[0]?.$match ?? {}) : {})

const shapeOf = (value: unknown): string =>
  JSON.stringify(value instanceof Map ? Object.fromEntries(value) : (value ?? {}))

/** A filter without its values. */
const kindOf = (filter: unknown): string =>
  shapeOf(filter)
    .replace(/:(?:"(?:[^"\\]|\\.)*"|-?[\d.e+]+|null|true|false)/g, ':…')
    .replace(/\[(?:(?:"(?:[^"\\]|\\.)*"|-?[\d.e+]+|null),?)*\]/g, '[…]')

function indexesOf(collection: string): readonly Keys[] {
  const name = Object.entries(names).find(([, stored]) => stored === collection)?.[0]
  const ours = Object.entries(indexes).find(([of]) => of === name)?.[1] ?? []
  return [{ _id: 1 }, ...ours.map(({ key }) => key)]
}
