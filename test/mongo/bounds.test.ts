import { BSON } from 'mongodb'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Attempt, Run } from '../../src/model/run.ts'
import type { Store } from '../../src/ports/store.ts'
import { aRun, builtAt } from '../builders.ts'
import { openForEach, TestDatabase } from './database.ts'

const url = process.env.MONGO_TEST_URL

const anAttempt = (attempt: number, reason: string): Attempt => ({
  ...{ attempt, token: attempt, worker_id: 'w', session: 's', start_ts: builtAt, end_ts: builtAt + 1 },
  ...{ returncode: 1, outcome: 'failed', reason, usage: null },
})

describe.skipIf(!url)('what can grow', () => {
  const database = new TestDatabase(url ?? '')
  const opened = openForEach(database)
  let store: Store
  beforeEach(() => {
    store = opened().store
  })

  test('a run of hundreds of attempts is read whole, and no document of it is large', async () => {
    let run: Run = aRun()
    await store.runs.insert([run])
    const reason = 'x'.repeat(20_000)
    const counts = [1, 127, 128, 129, 130, 192, 193, 700]
    for (const count of counts) {
      const more = Array.from({ length: count - run.attempts.length }, (_, at) =>
        anAttempt(run.attempts.length + at + 1, count > 193 ? reason : 'short'),
      )
      const after = { ...run, attempts: [...run.attempts, ...more], attempt: count, rev: run.rev + 1 }
      expect(await store.runs.move([{ before: run, after, output: null }])).toHaveLength(1)
      run = after
      expect(await store.runs.get(run._id)).toEqual(run)
    }
    const everything = {
      domain: null,
      job_id: null,
      status: null,
      worker_id: null,
      user: null,
      since: null,
      until: null,
      q: null,
    }
    const [listed] = await store.runs.list(everything, { limit: 1, after: null, oldestFirst: false }, 0)
    expect(listed?.run).toEqual(run)
    for (const collection of await database.raw.collections())
      for await (const document of collection.find())
        expect(BSON.calculateObjectSize(document)).toBeLessThan(4 * 1024 * 1024)
    // An attempt that ends while the run has so many: only the newest are written anew.
    const last = { ...run.attempts[699], outcome: 'lost' } as const
    const ended = {
      ...run,
      attempts: [...run.attempts.slice(0, -1), { ...anAttempt(700, 'gone'), ...last }],
      rev: run.rev + 1,
    }
    await store.runs.move([{ before: run, after: ended, output: null }])
    expect((await store.runs.get(run._id))?.attempts.at(-1)?.outcome).toBe('lost')
    const final = { ...ended, status: 'failed', rev: ended.rev + 1 } as const
    await store.runs.move([{ before: ended, after: final, output: null }])
    expect(await store.history.runs.remove([run._id])).toBe(1)
    expect(await database.raw.collection('run_attempts').countDocuments()).toBe(0)
  })

  test('an output is kept whole beside its run, whose own document has but its end', async () => {
    const run = aRun()
    await store.runs.insert([run])
    const output = { stdout: `${'é'.repeat(30_000)}😀`, stderr: 'short' }
    await store.runs.move([{ before: run, after: { ...run, rev: 2 }, output }])
    expect((await store.runs.withOutput(run._id))?.output).toEqual(output)
    const [stored] = await database.raw.collection('job_runs').find().toArray()
    expect(BSON.calculateObjectSize(stored ?? {})).toBeLessThan(16_384)
  })
})
