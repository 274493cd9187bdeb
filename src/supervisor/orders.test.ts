import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Order } from './messages.ts'
import { parseOrder } from './orders.ts'

const texts = fc.array(fc.string(), { maxLength: 3 })
const key = { run_id: fc.string(), token: fc.nat() }
const needles = fc.record({
  stdout_contains: texts,
  stdout_not_contains: texts,
  stderr_contains: texts,
  stderr_not_contains: texts,
})
const aStart = fc.record({
  kind: fc.constant('start'),
  ...key,
  ...{ job_id: fc.string(), domain: fc.string(), attempt: fc.nat(), slot: fc.nat(), file: fc.string(), args: texts },
  env: fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
    fc.string(),
    { noNullPrototype: true },
  ),
  cwd: fc.option(fc.string()),
  script: fc.option(fc.string()),
  verbatim: fc.boolean(),
  ...{ timeout: fc.nat(), grace: fc.nat(), log_limit: fc.nat(), needles },
})
const anOrder = fc.oneof(
  aStart,
  fc.record({ kind: fc.constant('hello'), protocol: fc.nat() }),
  fc.record({ kind: fc.constant('stop'), ...key, cause: fc.constantFrom('cancel', 'stop'), grace: fc.nat() }),
  fc.record({ kind: fc.constant('ack'), ...key, seq: fc.nat(), done: fc.boolean() }),
  fc.record({ kind: fc.constant('resend'), ...key, seq: fc.nat() }),
  fc.record({ kind: fc.constant('ping'), n: fc.nat() }),
  fc.record({ kind: fc.constant('lease'), until: fc.option(fc.nat()) }),
  fc.record({ kind: fc.constant('exit'), now: fc.boolean() }),
)

/** An order with one of its fields missing or replaced. */
const aFault = fc
  .tuple(anOrder, fc.nat(20), fc.constantFrom(undefined, null, 1, 'x', true, [1], { a: 1 }))
  .map(([order, i, value]) => {
    const names = Object.keys(order)
    return { ...order, [names[i % names.length] ?? 'kind']: value }
  })

test('it reads what the schemas read, and refuses what they refuse', () => {
  fc.assert(
    fc.property(fc.oneof(anOrder, aFault), (value) => {
      const line = JSON.stringify(value)
      const bySchema = Order.safeParse(JSON.parse(line))
      expect(parseOrder(line)).toEqual(bySchema.success ? bySchema.data : null)
    }),
    { numRuns: 3000 },
  )
})

test('what is no JSON is no order', () => {
  for (const line of ['', '{', 'null', '[]', '"start"', '7']) expect(parseOrder(line)).toBeNull()
})
