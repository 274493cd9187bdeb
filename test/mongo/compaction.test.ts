import { beforeEach, describe, expect, test } from 'vitest'
import type { LogChunk } from '../../src/model/log.ts'
import type { Store } from '../../src/ports/store.ts'
import { aChunk, aRun } from '../builders.ts'
import { openForEach, TestDatabase } from './database.ts'

const url = process.env.MONGO_TEST_URL
const run = aRun({ attempt: 2, start_ts: 1 })

/** A log of both streams, some of whose lines go on in the next chunk, some chunks of them large. */
function aLog(attempt: number, count: number): readonly LogChunk[] {
  const offsets = { stdout: 0, stderr: 0 }
  let [pos, line] = [0, 1]
  return Array.from({ length: count }, (_, at) => {
    const stream = at % 3 === 2 ? 'stderr' : 'stdout'
    const text = at % 8 === 7 ? `${'x'.repeat(60_000)}\n` : `${attempt} ${at}\n`.repeat(1 + (at % 4))
    const numbers = { run_id: run._id, attempt, seq: at + 1, stream, offset: offsets[stream], pos, line } as const
    const chunk = aChunk({ ...numbers, text, ts: at + 0.5 })
    offsets[stream] += chunk.bytes.length
    pos += chunk.bytes.length
    line += text.split('\n').length - 1
    return chunk
  })
}

describe.skipIf(!url)('logs of runs that ended', () => {
  const database = new TestDatabase(url ?? '')
  const opened = openForEach(database)
  let store: Store
  beforeEach(() => {
    store = opened().store
  })

  const written = [...aLog(1, 120), ...aLog(2, 20)]
  const chunks = () => database.raw.collection<{ _id: string; seq?: number; attempt: number }>('log_chunks')

  /** All that can be read of the log, as plain data. */
  async function everything() {
    const { logs } = store
    const found: unknown[] = []
    for (const bytes of [5000, 1e7]) {
      let place = { attempt: 0, seq: 0 }
      for (let pages = 0; pages < 12; pages += 1) {
        const page = await logs.read(run._id, place, bytes)
        found.push(page.map((chunk) => ({ ...chunk, bytes: Buffer.from(chunk.bytes).toString('base64').slice(0, 99) })))
        const last = page.at(-1)
        if (last === undefined) break
        place = last
      }
    }
    const streams = await Promise.all(
      (['stdout', 'stderr'] as const).map((stream) =>
        logs.read(run._id, { attempt: 1, seq: 5 }, 1e7, { stream, attempt: 1 }),
      ),
    )
    found.push(
      streams.map((some) => some.map(({ seq }) => seq)),
      await logs.size(run._id),
    )
    for (const pos of [0, 500, 300_000, 1e9])
      for (const stream of [null, 'stdout', 'stderr'] as const)
        found.push((await logs.at(run._id, 1, pos, stream))?.seq)
    for (const line of [1, 100, 9999]) found.push(await logs.reaching(run._id, 1, line))
    for (const attempt of [1, 2, 3]) found.push((await logs.last(run._id, attempt))?.seq)
    found.push((await logs.lines({ run_id: run._id, attempt: 1 }, 40, 20)).lines)
    return found
  }

  test('become compressed blocks of less than 1 MiB, and read the same in every way', async () => {
    await store.runs.insert([run])
    await store.logs.append(written)
    const before = await everything()
    await store.runs.move([{ before: run, after: { ...run, status: 'success', rev: 2 }, output: null }])
    await store.close()
    const left = await chunks().find().toArray()
    expect(left.length).toBeLessThan(8)
    expect(left.reduce((sum, one) => sum + JSON.stringify(one).length, 0)).toBeLessThan(200_000)
    store = (await opened().reopen()) ?? store
    expect(await everything()).toEqual(before)
    expect(await store.history.runs.removeLogs([run._id], 1e9)).toEqual([run._id])
    expect(await chunks().countDocuments()).toBe(0)
  })

  test('read the same, too, where a crash left some of the chunks beside their block', async () => {
    await store.runs.insert([run])
    await store.logs.append(written)
    const [before, all] = [await everything(), await chunks().find().toArray()]
    await store.runs.move([{ before: run, after: { ...run, status: 'failed', rev: 2 }, output: null }])
    await store.close()
    store = (await opened().reopen()) ?? store
    for (const isLeft of [(seq: number) => seq > 40, (seq: number) => seq < 40, (seq: number) => seq % 7 === 3]) {
      const some = all.filter(({ seq }) => isLeft(seq ?? 0))
      await chunks().insertMany(some)
      expect(await everything()).toEqual(before)
      await chunks().deleteMany({ _id: { $in: some.map(({ _id }) => _id) } })
    }
  })
})
