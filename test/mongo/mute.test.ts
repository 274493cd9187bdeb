import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Store } from '../../src/ports/store.ts'
import { openStore } from '../../src/stores/open.ts'
import { aRun } from '../builders.ts'
import { TestDatabase } from './database.ts'
import { CuttableProxy } from './proxy.ts'

const url = process.env.MONGO_TEST_URL

/** What an operation came to within a turn or two of the event loop; null: it is under way. */
const soon = (work: Promise<unknown>): Promise<unknown> =>
  Promise.race([
    work.then(
      () => 'done',
      (error: unknown) => error,
    ),
    new Promise((resolve) => setTimeout(resolve, 100, null)),
  ])

const refusal = { code: 'UNAVAILABLE', status: 503 }

describe.skipIf(!url)('a MongoDB that hangs, its connections standing', () => {
  const database = new TestDatabase(url ?? '')
  afterAll(() => database.drop())

  test('is noticed before the driver gives it up: nothing new is begun, a read under way is refused, a write is not cut; then all goes on', async (context) => {
    const proxy = await CuttableProxy.open(url ?? '')
    const store: Store = await openStore(proxy.url, { database: database.name })
    context.onTestFinished(async () => {
      await store.close()
      await proxy.close()
    })
    const [run, late] = [aRun(), aRun()]
    await store.runs.insert([run])
    proxy.goMute()
    const begun = store.runs.insert([late])
    const reading = store.runs.get(run._id)
    expect(await soon(reading)).toBeNull()
    const refused = async (): Promise<void> => expect(await soon(store.runs.get(run._id))).toMatchObject(refusal)
    await vi.waitFor(refused, { timeout: 15_000, interval: 300 })
    expect(await soon(store.check())).toMatchObject(refusal)
    expect(await soon(reading)).toMatchObject(refusal)
    expect(await soon(begun)).toBeNull()
    proxy.comeBack()
    const isBack = async (): Promise<void> => expect(await soon(store.runs.get(run._id))).toBe('done')
    await vi.waitFor(isBack, { timeout: 15_000, interval: 300 })
    expect(await store.runs.insert([aRun()])).toHaveLength(1)
    await Promise.allSettled([begun])
  })
})
