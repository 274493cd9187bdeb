import * as fc from 'fast-check'
import type { Api, Schema } from './document.ts'

/** Texts that have been trouble somewhere: to parsers, databases, clocks, terminals, file systems. */
const texts: readonly string[] = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\u2028',
    '\ufeff',
    '\u202e',
    '\x1b[2J',
    '\r\nx: y',
    '💥',
    'é',
    '٣',
  ],
  ...['null', 'undefined', 'NaN', 'true', '0', '-1', '007', '1e9', '0x10', '1_000', '9'.repeat(400), '-0', '1.5'],
  ...["'; DROP TABLE runs; --", '" OR 1=1', '%', '%25', '%_%', '\\', '$gt', '{{7*7}}', '$HOME', '$(id)', '<script>'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '../../etc/passwd', '/', 'C:\\', '.', '..', 'CON'],
  ...['(a+)+$', '(a|a)*b', '[', '(?=', '\\1', 'a{99999}', '.*.*.*.*=.*', '^(([a-z])+.)+[A-Z]([a-z])+$'],
  ...[
    '1970-01-01',
    '2026-02-30',
    '9999-12-31T23:59:59Z',
    '+275760-09-13',
    '-000001-01-01',
    '2026-03-29T02:30:00+01:00',
  ],
  ...['2026-11-24T23:04:21.080Z', '24:00', '2026-12-31T23:59:60Z', '1764025461', '12:00', 'tomorrow'],
  ...[
    '* * * * *',
    '* * * * * *',
    '@daily',
    '0 0 31 2 *',
    '0 0 29 2 1',
    '*/0 * * * *',
    '0-59/1 */2 L * MON#5',
    '60 * * * *',
  ],
  ...[
    '* '.repeat(100),
    '0,'.repeat(100),
    `${'1-'.repeat(60)}1 * * * *`,
    '0 0 1W,LW,15W 1-12/5 7',
    '? ? ? ? ?',
    '1 2 3',
  ],
  ...[
    'UTC',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'Mars/Olympus',
    'utc',
    '+01:00',
    'Etc/GMT+12',
    'posixrules',
    'localtime',
  ],
  ...['asc', 'desc', '5', '1000', 'prod', 'a', 'admin', 'pending', 'success,failed', ',', 'domain', 'worker', 'read'],
]

export const oddText = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...texts) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(1001), 'ü'.repeat(5000), '\0'.repeat(300), 'a '.repeat(2000)) },
)

const numbers = [
  0,
  -0,
  1,
  -1,
  0.5,
  5,
  100,
  1e3,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  1e21,
  1e308,
  -1e308,
  5e-324,
  8.64e15,
  1e12,
]
const number = fc.oneof(fc.constantFrom(...numbers), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))

/** JSON that no value of this language writes: each stands in a body as its text between these marks. */
const mark = (name: string): string => `@raw:${name}@`
const raws: Readonly<Record<string, string>> = {
  deepList: `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  deepObject: `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  deepDefinition: `${'{"executor":'.repeat(5000)}1${'}'.repeat(5000)}`,
  infinite: '1e999',
  digits: '9'.repeat(5000),
  precise: `0.${'1'.repeat(5000)}`,
  negativeZero: '-0.0',
  twice: '{"name":"one","name":"two"}',
  proto: '{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}',
  longText: `"${'y'.repeat(300_000)}"`,
  longList: `[${'0,'.repeat(50_000)}0]`,
  wideObject: `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":0`).join(',')}}`,
}

/** A value's JSON text, with what stands between marks put in. */
export const written = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replace(/"@raw:(\w+)@"/g, (_, name: string) => raws[name] ?? 'null')

/** Anything, the odder the better. */
export const odd: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: oddText },
  { weight: 4, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom(...Object.keys(raws).map(mark)) },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(
      [],
      [[]],
      [null],
      [''],
      {},
      { '': '' },
      { $gt: '' },
      { toString: 1, length: -1 },
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }) },
)

/** Texts that a field of this name takes, where a schema says only that it is a text. */
const fitting: Readonly<Record<string, readonly string[]>> = {
  cron: ['* * * * *', '*/5 8-17 * * MON-FRI', '0 30 2 * * *', '@daily', '0 0 29 2 *', '15 3 L * *'],
  timezone: ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns'],
  domain: ['prod', 'a', 'b', 'c', 'd.e-f'],
  interpreter: ['python3'],
  venv_path: [''],
  python_version: ['', '3.11', 'python3'],
  token: ['', 'a-token-that-somebody-gave', 'another-token-0123456789-0123456789'],
  requirements_file: [''],
  sort: ['name', '-created_at'],
  state: ['online', 'draining', 'disabled'],
  worker_id: ['w1', 'w2'],
  first_state: ['online'],
  session: ['@session'],
  secret: ['a-secret-of-the-worker'],
  run_id: ['@run'],
  bytes: ['', 'YQo=', 'w7w='],
}
const fittingNumbers: Readonly<Record<string, readonly number[]>> = {
  token: [1],
  attempt: [1],
  seq: [1, 2],
  start_ts: [1_790_000_000_000, 1_790_000_000_000.5, 0, -1, 8.64e15, 1e308],
  end_ts: [1_790_000_001_000, 1_790_000_001_000.5, 0, 253_402_300_799_999, 1e308],
  ts: [1_790_000_001_000, 1e18],
  last_seq: [0],
  free: [1],
}
const plain = ['x', 'some name', 'default', 'true', 'echo ü💥', 'a\nb', 'w1', '5']
const moments = ['2026-11-24T23:04:21.080Z', '2026-11-24', '1999-01-01T00:00:00+02:00', '9999-12-31T23:59:59Z']

/** A value that a schema admits, as far as the schema says what that is. `name`: of the field that it is for. */
export function ofSchema(api: Api, given: Schema, name = ''): fc.Arbitrary<unknown> {
  const schema = api.resolved(given)
  const { type } = schema
  const either =
    typeof type === 'object' ? type.map((one) => ({ ...schema, type: one })) : (schema.anyOf ?? schema.oneOf)
  if (either && either.length > 0) return fc.oneof(...either.map((one) => ofSchema(api, one, name)))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum && schema.enum.length > 0) return fc.constantFrom(...schema.enum)
  switch (type) {
    case 'integer':
    case 'number':
      return weighted(numberIn(schema), fittingNumbers[name])
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      return fc.constantFrom(...(schema.format === 'date-time' ? moments : (fitting[name] ?? plain)))
    case 'array':
      return fc.array(ofSchema(api, schema.items ?? {}, name), { maxLength: 3 })
    case 'object':
      return objectOf(api, schema)
    default:
      return odd
  }
}

/** Mostly one of those that fit, where it is known which do. */
const weighted = (any: fc.Arbitrary<unknown>, fit: readonly number[] | undefined): fc.Arbitrary<unknown> =>
  fit === undefined ? any : fc.oneof({ weight: 1, arbitrary: any }, { weight: 12, arbitrary: fc.constantFrom(...fit) })

function numberIn({ minimum, maximum, type }: Schema): fc.Arbitrary<unknown> {
  if (type === 'number' && minimum === undefined && maximum === undefined) return number
  const [least, most] = [minimum ?? -(2 ** 53) + 1, maximum ?? 2 ** 53 - 1]
  const some = [least, most, Math.min(most, Math.max(least, 5))]
  if (type === 'number') return fc.constantFrom(...some, least + 0.5, most - 0.5)
  return fc.oneof(fc.constantFrom(...some), fc.integer({ min: Math.ceil(least), max: Math.min(most, 2 ** 31) }))
}

function objectOf(api: Api, { properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => [name, ofSchema(api, schema, name)] as const)
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: [...required] })
  if (typeof additionalProperties !== 'object') return known
  const more = fc.dictionary(fc.constantFrom('A', 'b c', 'LANG', 'ü'), ofSchema(api, additionalProperties), {
    maxKeys: 2,
  })
  return fc.tuple(known, more).map(([some, others]) => ({ ...some, ...others }))
}

/** What is done to one place of a value. */
export interface Change {
  readonly at: number
  readonly how: 'replace' | 'remove' | 'add'
  readonly name: string
  readonly by: unknown
}

export const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(200),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add'),
  name: oddText,
  by: odd,
})

/** The value with the change made at its `at`th place, counted around. */
export function changed(value: unknown, { at, how, name, by }: Change): unknown {
  const places = count(value)
  let left = at % places
  const walk = (here: unknown): unknown => {
    if (left-- === 0) return how === 'add' ? added(here, name, by) : how === 'remove' ? undefined : by
    if (Array.isArray(here)) return here.map(walk)
    if (typeof here !== 'object' || here === null) return here
    return Object.fromEntries(Object.entries(here).map(([key, item]) => [key, walk(item)]))
  }
  return walk(value)
}

function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, item) => sum + count(item), 1)
}

function added(here: unknown, name: string, by: unknown): unknown {
  if (Array.isArray(here)) return [...here, by]
  if (typeof here === 'object' && here !== null) return { ...here, [name]: by }
  return [here, by]
}
