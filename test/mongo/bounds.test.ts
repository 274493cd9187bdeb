import { BSON } from 'mongodb'
import { beforeEach, describe, expect, test } from 'vitest'
import { difference } from '../../src/model/job-difference.ts'
import type { Attempt, Run } from '../../src/model/run.ts'
import type { Store } from '../../src/ports/store.ts'
import { figureFields, minuteOf, noHour } from '../../src/stores/mongo/figure-document.ts'
import { jobDocument, versionDocument } from '../../src/stores/mongo/job-document.ts'
import { aDefinition, aJob, anEntry, aRun, aVersion, builtAt } from '../builders.ts'
import { openForEach, TestDatabase } from './database.ts'

const url = process.env.MONGO_TEST_URL

const anAttempt = (attempt: number, reason: string): Attempt => ({
  ...{ attempt, token: attempt, worker_id: 'w', session: 's', start_ts: builtAt, end_ts: builtAt + 1 },
  ...{ returncode: 1, outcome: 'failed', reason, usage: null },
})

/** MongoDB's limit is 16 MiB. */
const most = 12 * 1024 * 1024
const size = (document: object): number => BSON.calculateObjectSize(document)

/** The longest definition of that shape that a body of 1 MiB can hold. */
const longest = (of: (count: number) => Record<string, unknown>, each: number): Record<string, unknown> => {
  const given = of(Math.floor((1_000_000 - 300) / each))
  expect(JSON.stringify(given).length).toBeGreaterThan(900_000)
  return given
}
const shell = (more: object) => ({ name: 'x', executor: { type: 'shell', script: 'true', ...more } })
const many = (count: number, text = ''): readonly string[] => new Array<string>(count).fill(text)

test.each<[string, Record<string, unknown>]>([
  [
    'many variables',
    longest((count) => shell({ env: Object.fromEntries(many(count).map((_, at) => [`${at}`, ''])) }), 11),
  ],
  ['a long script', longest((count) => shell({ script: 'ü'.repeat(count) }), 1)],
  [
    'many texts to look for',
    longest((count) => ({ ...shell({}), completion: { stdout_contains: many(count, 'a'.repeat(1000)) } }), 1003),
  ],
])('a definition of 1 MiB with %s fits into a document, with its first run and that run’s own changes', (_, given) => {
  const job = aJob({}, given)
  expect(size(jobDocument(job, aVersion(job), aRun({ changes: given }, job)))).toBeLessThan(most)
  expect(size(versionDocument(aVersion(job)))).toBeLessThan(most)
  const told = difference(aDefinition(), aDefinition(given))
  expect(JSON.stringify(told).length).toBeLessThan(1000)
})

test('figures of an hour in which runs took every time that there is fit into a document', () => {
  const hour = noHour()
  for (const { duration, queue } of [hour.hour, minuteOf(hour, builtAt)])
    for (const sketch of [duration, queue]) for (let cell = 0; cell < 2000; cell += 1) sketch.addCell(cell, 2 ** 40)
  // The hour, and one of its minutes.
  expect(60 * size(figureFields(hour))).toBeLessThan(most)
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

  test('what counts runs names those alone whose effects are open, and what changes carry is taken out of their document', async () => {
    const job = aJob()
    await store.jobs.insert(job, aVersion(job), null)
    const effect = { kind: 'totals', by: 'x' } as const
    for (let round = 0; round < 3; round += 1) {
      const runs = Array.from({ length: 100 }, () =>
        aRun({ status: 'success', end_ts: builtAt + 1, effects: [effect] }, job),
      )
      await store.runs.insert(runs)
      await store.runs.settle(runs)
    }
    for (const name of ['job_totals', 'run_figures']) {
      const documents = await database.raw.collection(name).find().toArray()
      expect(documents.map(({ counted }) => counted.length)).toEqual(documents.map(() => 100))
    }
    await store.workers.record('prod', 'w1', 'online', builtAt)
    const states = Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? ('draining' as const) : ('online' as const)))
    for (const state of states) await store.workers.setState('prod', 'w1', state, builtAt, anEntry())
    await store.close()
    const [record] = await database.raw.collection('worker_records').find().toArray()
    expect([record?.audit, await database.raw.collection('audit').countDocuments()]).toEqual([[], 50])
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
