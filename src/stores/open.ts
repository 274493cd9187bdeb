import type { Store } from '../ports/store.ts'

/** What a store is opened with besides its URL. */
export interface StoreOptions {
  /** The database on a MongoDB server. */
  readonly database?: string
  /** Hears of each commit: of which file or collection, what it took in ms, and how many writes were in it. */
  readonly told?: (file: string, ms: number, writes: number) => void
  /** Hears of what an earlier system left that could not be taken over whole, a sentence each. */
  readonly warn?: (sentence: string) => void
}

/**
 * Opens the store that a URL names; the driver is loaded when asked for. `sqlite:PATH` takes a folder, or a file that
 * ends in `.db`. Throws with a sentence for what it cannot open.
 */
export async function openStore(
  url: string,
  { database, told = () => {}, warn = () => {} }: StoreOptions = {},
): Promise<Store> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === 'sqlite') {
    const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')
    if (path === '') throw new Error('sqlite: needs a path: sqlite:PATH, a folder or a file that ends in .db.')
    const { openSqlite } = await loaded(() => import('./sqlite/store.ts'), 'sqlite:', 'better-sqlite3')
    return openSqlite(path, told)
  }
  if (scheme === 'mongodb' || scheme === 'mongodb+srv') {
    const { openMongo } = await loaded(() => import('./mongo/store.ts'), 'mongodb://', 'mongodb')
    return openMongo(url, database ?? defaultDatabase, { told, warn })
  }
  throw new Error('The URL of a store must be sqlite:PATH or mongodb://HOST.')
}

/** As the seed's system named it. */
const defaultDatabase = 'hydra_jobs'

async function loaded<T>(load: () => Promise<T>, scheme: string, needed: string): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    if (missing && error.message.includes(needed))
      throw new Error(`${scheme} needs the package ${needed}; install it beside hydra-jobs.`, { cause: error })
    throw error
  }
}
