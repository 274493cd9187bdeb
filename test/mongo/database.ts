import { type Db, MongoClient } from 'mongodb'
import { afterAll, afterEach, beforeEach } from 'vitest'
import type { Store } from '../../src/ports/store.ts'
import { newMark } from '../../src/runtime/ids.ts'
import { openMongo } from '../../src/stores/mongo/store.ts'
import type { Opened } from '../contract/store.suite.ts'
import { Recorder } from './recorder.ts'

/** A name for a database that nobody else has. */
export const newDatabase = (): string => `hydra_test_${Date.now().toString(36)}_${newMark().replaceAll(/\W/g, '_')}`

/** A database of its own on a MongoDB server, emptied after each test: to make its indexes anew would take longer than the tests. */
export class TestDatabase {
  readonly name = newDatabase()
  /** What was said of documents of an earlier system. */
  readonly warnings: string[] = []
  /** What was asked of the server. */
  readonly recorder = new Recorder()
  readonly #url: string
  #client: MongoClient | null = null

  /** Nothing is asked of the server, nor is the URL read, before the first test: where there is none, its tests are skipped. */
  constructor(url: string) {
    this.#url = url
  }

  async open(): Promise<Opened> {
    let store = await this.#opened()
    return {
      store,
      reopen: async () => {
        store = await this.#opened()
        return store
      },
      remove: async () => {
        await store.close()
        await this.clear()
      },
    }
  }

  #opened(): Promise<Store> {
    return openMongo(this.#url, this.name, {
      told: () => {},
      warn: (sentence) => this.warnings.push(sentence),
      commands: (command) => this.recorder.take(command),
    })
  }

  /** As another program sees it. */
  get raw(): Db {
    this.#client ??= new MongoClient(this.#url)
    return this.#client.db(this.name)
  }

  async clear(): Promise<void> {
    const collections = await this.raw.collections()
    await Promise.all(collections.map((collection) => collection.deleteMany({})))
  }

  async drop(): Promise<void> {
    await this.raw.dropDatabase()
    await this.#client?.close()
  }
}

/** Opens a store on the database for each test of the suite around, and drops it after the last. @returns the one that is open */
export function openForEach(database: TestDatabase): () => Opened {
  let opened: Opened
  beforeEach(async () => {
    opened = await database.open()
  })
  afterEach(() => opened.remove())
  afterAll(() => database.drop())
  return () => opened
}
