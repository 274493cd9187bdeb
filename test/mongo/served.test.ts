import { describe, expect, test } from 'vitest'
import { isDistinctServed, isServed, type Keys, type Query } from './served.ts'

const byStage: Keys = { stage: 1, job_id: 1, order: 1 }
const sorted = { order: -1 } as const

describe('an index', () => {
  test.each<[string, Keys, Query]>([
    ['of the field that is compared', { a: 1 }, { filter: { a: 5, b: 6 } }],
    ['with a range of its first field', { a: 1, b: 1 }, { filter: { a: { $gte: 1 } } }],
    ['in whose order the result is, from its beginning', { order: 1 }, { filter: {}, sort: sorted, limit: 9 }],
    ['with equal fields before the order', byStage, { filter: { stage: 'a', job_id: 'j' }, sort: sorted }],
    [
      'with some values before the order',
      byStage,
      { filter: { stage: { $in: ['a', 'b'] }, job_id: 'j' }, sort: sorted },
    ],
    [
      'sorted by a field that has some values',
      byStage,
      { filter: { $and: [{ stage: 'a' }, { job_id: { $in: ['j'] } }] }, sort: { job_id: 1, order: 1 } },
    ],
    ['whose directions are all the other way', { a: 1, b: -1 }, { filter: { a: { $gt: 1 } }, sort: { a: -1, b: 1 } }],
  ])('%s serves a query', (_, index, query) => {
    expect(isServed(index, query)).toBe(true)
  })

  test.each<[string, Keys, Query]>([
    ['of another field', { b: 1 }, { filter: { a: 5 } }],
    ['whose first field is left out', byStage, { filter: { job_id: 'j' } }],
    ['with a field between that is not compared', byStage, { filter: { stage: 'a' }, sort: sorted, limit: 9 }],
    ['with a range before the order', byStage, { filter: { stage: 'a', job_id: { $gt: 'j' } }, sort: sorted }],
    ['that is read whole', { order: 1 }, { filter: {}, sort: sorted }],
    ['whose directions differ', { a: 1, b: 1 }, { filter: { a: { $gt: 1 } }, sort: { a: 1, b: -1 } }],
    [
      'of which too many scans would be merged',
      byStage,
      { filter: { stage: { $in: Array(3) }, job_id: { $in: Array(100) } }, sort: sorted, limit: 9 },
    ],
    ['of a field that is only looked at', { a: 1 }, { filter: { a: { $exists: false } } }],
    ['of a field that stands in an $or', { a: 1 }, { filter: { $or: [{ a: 1 }, { b: 1 }] } }],
  ])('%s does not', (_, index, query) => {
    expect(isServed(index, query)).toBe(false)
  })

  test('tells values of its first field apart, or of the one after those that are compared', () => {
    expect(isDistinctServed({ domain: 1, stage: 1 }, 'domain', {})).toBe(true)
    expect(isDistinctServed({ stage: 1, session: 1 }, 'session', { stage: 'out' })).toBe(true)
    expect(isDistinctServed({ stage: 1, session: 1 }, 'session', {})).toBe(false)
  })
})
