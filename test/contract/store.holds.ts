import { describe, expect, test } from 'vitest'
import type { Run } from '../../src/model/run.ts'
import { aJob, aRun } from '../builders.ts'
import type { Given } from './store.given.ts'

const ids = (runs: readonly Run[]) => runs.map(({ _id }) => _id)
const overlap = (of: string) => ({ hold: { kind: 'overlap' as const, of } })

export function holdTests(given: Given): void {
  describe('runs that are held', () => {
    test('of a job with live runs the oldest is known, and the one that is held for an overlap', async () => {
      const { runs } = given.it()
      const [busy, plain, limited, idle] = [aJob(), aJob(), aJob(), aJob()]
      const [first, second, waits] = [aRun({}, busy), aRun({}, busy), aRun(overlap('x'), busy)]
      const [only, other] = [aRun({}, plain), aRun({ hold: { kind: 'limit', of: null } }, limited)]
      await runs.insert([first, second, waits, only, other, aRun({ status: 'success' }, idle)])
      expect(await runs.liveOfJobs([busy, plain, limited, idle].map(({ _id }) => _id))).toEqual(
        new Map([
          [busy._id, { oldest: first._id, waiting: waits._id }],
          [plain._id, { oldest: only._id, waiting: null }],
          [limited._id, { oldest: other._id, waiting: null }],
        ]),
      )
    })

    test('are found by their jobs, until the hold ends', async () => {
      const { runs } = given.it()
      const [one, two] = [aJob(), aJob()]
      const [held, other, free] = [aRun(overlap('x'), one), aRun(overlap('y'), two), aRun({}, one)]
      await runs.insert([held, other, free])
      expect(await runs.heldOfJobs([one._id, 'none'])).toEqual([held])
      expect(ids(await runs.heldOfJobs([one._id, two._id])).toSorted()).toEqual(ids([held, other]).toSorted())
      expect(await runs.move([{ before: held, after: { ...held, hold: null, rev: 2 }, output: null }])).toHaveLength(1)
      expect(await runs.heldOfJobs([one._id])).toEqual([])
    })

    test('a walk finds each of them once, a page at a time', async () => {
      const { runs } = given.it()
      const [one, two] = [aJob(), aJob()]
      const held = [one, two, one, two, one].map((job) => aRun(overlap('x'), job))
      await runs.insert([...held, aRun({}, one), aRun({ hold: null }, two)])
      const found: Run[] = []
      for (let after: Run | null = null; ; ) {
        const page: readonly Run[] = await runs.held(after, 2)
        found.push(...page)
        const last = page.at(-1)
        if (last === undefined) break
        after = last
      }
      expect(ids(found).toSorted()).toEqual(ids(held).toSorted())
    })
  })
}
