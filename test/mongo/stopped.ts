import { afterAll, afterEach, beforeEach } from 'vitest'
import type { Run } from '../../src/model/run.ts'
import type { Store } from '../../src/ports/store.ts'
import { openStore } from '../../src/stores/open.ts'
import { builtAt } from '../builders.ts'
import { TestDatabase } from './database.ts'
import { CuttableProxy } from './proxy.ts'

export interface TwoStores {
  /** Of the scheduler that is stopped: what it sends goes through the proxy. */
  readonly stopped: Store
  readonly other: Store
  readonly proxy: CuttableProxy
  readonly database: TestDatabase
}

/** Two schedulers on one database for each test of the suite around. @returns how to get them */
export function twoStores(url: string | undefined): () => TwoStores {
  const database = new TestDatabase(url ?? '')
  let two: TwoStores | null = null
  beforeEach(async () => {
    const proxy = await CuttableProxy.open(url ?? '')
    const stopped = await openStore(proxy.url, { database: database.name })
    two = { stopped, other: (await database.open()).store, proxy, database }
  })
  afterEach(async () => {
    await Promise.all([two?.stopped.close(), two?.other.close()])
    await two?.proxy.close()
    await database.clear()
  })
  afterAll(() => database.drop())
  return () => {
    if (two === null) throw new Error('no store is open')
    return two
  }
}

/** The run is over, settled, and removed as one too many; how many were. */
export async function overAndRemoved({ runs, history }: Store, run: Run): Promise<number> {
  const after: Run = { ...run, status: 'success', end_ts: builtAt, rev: run.rev + 1 }
  await runs.move([{ before: run, after, output: null }])
  const ids = await history.runs.surplus({ job_id: run.job_id, keep: 0 }, builtAt + 1, 10)
  return history.runs.remove(ids)
}
