import * as fc from 'fast-check'
import type { Api, Operation, Schema } from './document.ts'
import { change, changed, odd, oddText, ofSchema, written } from './values.ts'

/** Ids that there are, by the collection they are of (`jobs`, `runs`, `workers`, `domains`, …). */
export type Known = ReadonlyMap<string, readonly string[]>

/** A request as it is planned: ids that exist are numbers until it is sent, so that a shrunk plan still names some. */
export interface Plan {
  readonly token: 'admin' | 'domain' | 'none' | 'odd'
  readonly method: string
  /** For each parameter of the path: the nth known id, or a text as it is to stand in the URL. */
  readonly ids: readonly (number | string)[]
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
}

const weighted = <T>(...some: readonly (readonly [number, fc.Arbitrary<T>])[]): fc.Arbitrary<T> =>
  fc.oneof(...some.map(([weight, arbitrary]) => ({ weight, arbitrary })))

/** Pieces of a path that are not what `encodeURIComponent` would write. */
const crooked = ['%00', '%ff', '%E0%A4%A', '..%2f..', '%2e%2e', 'a;b', '*', ':id', '~', "'", '%0d%0a', 'x'.repeat(3000)]

/** Requests to an operation, most of them right but for a place or two: what is refused at the door finds nothing behind it. */
export function requests(api: Api, operation: Operation): fc.Arbitrary<Plan> {
  const { method, path, query, body } = operation
  const parameters = path.match(/\{\w+\}/g) ?? []
  const odd = weighted([2, oddText.map((text) => encoded(text) || '%20')], [1, fc.constantFrom(...crooked)])
  const id = weighted<number | string>([12, fc.nat(50)], [1, odd])
  const writes = method !== 'GET' && method !== 'HEAD'
  const isLink = path.startsWith('/link/')
  return fc.record({
    token: weighted<Plan['token']>(
      [isLink ? 1 : 14, fc.constant('admin')],
      [isLink ? 19 : 6, fc.constant('domain')],
      [1, fc.constant('none')],
      [1, fc.constant('odd')],
    ),
    method: weighted([30, fc.constant(method)], [1, fc.constantFrom('HEAD', 'OPTIONS', 'PATCH', 'GET')]),
    ids: fc.tuple(...parameters.map(() => id)),
    query: queries(api, query),
    headers: weighted([3, fc.constant({})], [1, fc.record(headers(writes), { requiredKeys: [] })]).map((some) => ({
      ...(writes && { 'content-type': 'application/json' }),
      ...some,
    })),
    body: writes ? bodies(api, body) : fc.constant(null),
  })
}

function queries(api: Api, known: Operation['query']): fc.Arbitrary<Plan['query']> {
  const named = ({ name, schema }: { name: string; schema: Schema }) =>
    weighted([4, ofSchema(api, schema, name)], [1, odd]).map((value) => [name, asText(value)] as const)
  const domain = fc
    .constantFrom('prod', 'prod', 'a', 'nowhere')
    .map((value): readonly [string, string] => ['domain', value])
  const stranger = fc.tuple(oddText, oddText)
  const few = known.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...known.map(named)), { maxLength: 4 })
  const more = fc.array(weighted([3, domain], [1, stranger]), { maxLength: 2 })
  return weighted<Plan['query']>(
    [6, few],
    [2, more],
    [1, fc.tuple(few, more).map(([one, other]) => [...one, ...other])],
  )
}

const asText = (value: unknown): string =>
  (typeof value === 'string' && !value.startsWith('@raw:') ? value : written(value)).slice(0, 4000)

/** Values that a header can carry: the parser refuses others before anything of ours sees them. */
const headerText = oddText.map((value) => value.replace(/[^\x20-\x7e\x80-\xff]/g, '?').slice(0, 300))

const headers = (writes: boolean): Record<string, fc.Arbitrary<string>> => ({
  ...(writes && {
    'content-type': weighted([1, headerText], [4, fc.constantFrom('text/json', 'application/x+json')]),
  }),
  'idempotency-key': weighted([1, headerText], [2, fc.constantFrom('one', 'two')]),
  'if-match': weighted([1, headerText], [1, fc.constantFrom('*', '"1"', 'W/"1", "2"', '"99"')]),
  'last-event-id': weighted([1, headerText], [1, fc.constantFrom('end', '1-1', '0-0', 'ffff-99999999')]),
  range: weighted(
    [1, headerText],
    [3, fc.constantFrom('bytes=0-', 'bytes=-5', 'bytes=9-2', 'bytes=0-1,4-9', 'bytes=99999-')],
  ),
  origin: fc.constantFrom('http://localhost:5173', 'null', 'http://evil.example'),
  accept: fc.constantFrom('text/html', '*/*', 'application/xml;q=0'),
  traceparent: headerText,
  'x-forwarded-for': headerText,
})

/** Bodies: as described, described but for some places, anything at all, and what is no JSON. */
function bodies(api: Api, schema: Schema | null): fc.Arbitrary<Buffer | null> {
  const right = schema === null ? odd : ofSchema(api, schema)
  const bent = fc
    .tuple(right, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => changes.reduce(changed, value))
  const json = weighted([5, right], [6, bent], [1, odd]).map((value) => Buffer.from(written(value)))
  return weighted<Buffer | null>([12, json], [1, fc.constantFrom(...broken)], [1, fc.constant(null)])
}

const broken = ['{', '', '\0', '[1,]', '{"a":1}}', '\ufeff{}', "{'a':1}", '"\\ud800', 'NaN', ' ', '\u00e9', 'null', '1']
  .map((text) => Buffer.from(text))
  .concat([Buffer.from([0xff, 0xfe]), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])])

/** As `encodeURIComponent`, which throws at lone surrogates; all of a request's head must stay under what Node's parser takes. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed()).slice(0, 1500)

/** Where a plan goes to: the path with its ids and its query. */
export function urlOf(
  { path }: Pick<Operation, 'path'>,
  { ids, query }: Pick<Plan, 'ids' | 'query'>,
  known: Known,
): string {
  const left = [...ids]
  const parts = path.split('/').map((part, at, all) => {
    if (!part.startsWith('{')) return part
    const id = left.shift() ?? 0
    if (typeof id === 'string') return id
    const there = known.get(all[at - 1] ?? '') ?? []
    return encoded(there[id % Math.max(1, there.length)] ?? 'nothing-there')
  })
  const search = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')
  return parts.join('/') + (search === '' ? '' : `?${search}`)
}
