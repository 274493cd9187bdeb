import { MongoClient } from 'mongodb'
import { newMark } from '../../src/runtime/ids.ts'
import { openStore } from '../../src/stores/open.ts'
import type { Opened } from '../contract/store.suite.ts'

/** A name for a database that nobody else has. */
export const newDatabase = (): string => `hydra_test_${Date.now().toString(36)}_${newMark().replaceAll(/\W/g, '_')}`

/** A database of its own on a MongoDB server, emptied after each test: to make its indexes anew would take longer than the tests. */
export class TestDatabase {
  readonly name = newDatabase()
  readonly #url: string
  readonly #client: MongoClient

  constructor(url: string) {
    this.#url = url
    this.#client = new MongoClient(url)
  }

  async open(): Promise<Opened> {
    let store = await openStore(this.#url, { database: this.name })
    return {
      store,
      reopen: async () => {
        store = await openStore(this.#url, { database: this.name })
        return store
      },
      remove: async () => {
        await store.close()
        await this.clear()
      },
    }
  }

  async clear(): Promise<void> {
    const collections = await this.#client.db(this.name).collections()
    await Promise.all(collections.map((collection) => collection.deleteMany({})))
  }

  async drop(): Promise<void> {
    await this.#client.db(this.name).dropDatabase()
    await this.#client.close()
  }
}
