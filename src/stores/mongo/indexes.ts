import { type IndexDescription, MongoServerError } from 'mongodb'
import type { CollectionName, Collections } from './collections.ts'
import { asked } from './gate.ts'
import type { Documents } from './stored.ts'

type Keys = Readonly<Record<string, 1 | -1>>
interface Index {
  readonly key: Keys
  readonly unique?: true
  /** Only documents that have the field are in it. */
  readonly sparse?: true
}

/** Entries of the audit on their way: in hardly any document. */
const riders: Index = { key: { 'audit._id': 1 }, sparse: true }

/**
 * The indexes, made at start where they are missing. None is partial and none forgets by itself: the seed's MongoDB is a
 * standalone, and others that speak its protocol know neither. So a unique key is present in every document, and what a
 * partial index would hold is an index that begins with a word or a flag (`stage`, `deleted`, `open`).
 *
 * Where an order follows fields that are compared with `$in`, the server merges one scan for each value.
 */
export const indexes: Readonly<Partial<Record<CollectionName, readonly Index[]>>> = {
  domains: [{ key: { domain: 1 }, unique: true }, { key: { removed_at: 1 } }, riders],
  tokens: [{ key: { hash: 1 }, unique: true }, { key: { domain: 1, name: 1 }, unique: true }, riders],
  jobs: [
    { key: { key_unique: 1 }, unique: true },
    riders,
    { key: { open: 1, _id: 1 } },
    { key: { keeps: 1, _id: 1 } },
    { key: { deleted: 1, domain: 1, _id: 1 } },
    { key: { deleted: 1, order: 1 } },
    { key: { deleted: 1, text: 1, order: 1 } },
    { key: { deleted: 1, updated_at: 1, order: 1 } },
    { key: { deleted: 1, priority: 1, order: 1 } },
    { key: { deleted: 1, next_run_at: 1, order: 1 } },
    { key: { domain: 1, deleted: 1, order: 1 } },
    { key: { domain: 1, deleted: 1, text: 1, order: 1 } },
    { key: { domain: 1, deleted: 1, updated_at: 1, order: 1 } },
    { key: { domain: 1, deleted: 1, priority: 1, order: 1 } },
    { key: { domain: 1, deleted: 1, next_run_at: 1, order: 1 } },
  ],
  jobNames: [{ key: { domain: 1, text: 1 } }, { key: { job_id: 1 } }],
  skips: [{ key: { job_id: 1, outcome: 1, from: 1 } }, { key: { to: 1 } }],
  runs: [
    { key: { tick_key: 1 }, unique: true },
    riders,
    { key: { order: 1 } },
    { key: { stage: 1, order: 1, status: 1 } },
    { key: { stage: 1, session: 1, not_before: 1, domain: 1 } },
    { key: { domain: 1, stage: 1, order: 1, status: 1 } },
    { key: { stage: 1, job_id: 1, order: 1, status: 1 } },
    { key: { job_id: 1, late: 1, schedule_tick: 1 } },
    { key: { domain: 1, user: 1, order: 1 } },
    { key: { domain: 1, worker_id: 1, order: 1 } },
    // Retries by hand, which are few.
    { key: { retry_of: 1 }, sparse: true },
  ],
  attempts: [{ key: { run_id: 1 } }],
  outputs: [{ key: { run_id: 1 } }],
  figures: [{ key: { fine: 1, start: 1 } }, { key: { domain: 1 } }],
  workers: [{ key: { domain: 1, worker_id: 1 }, unique: true }, riders],
  audit: [
    { key: { domain: 1, _id: 1 } },
    { key: { domain: 1, actor: 1, _id: 1 } },
    { key: { actor: 1, _id: 1 } },
    { key: { object: 1, _id: 1 } },
  ],
  sessions: [{ key: { state: 1, ended_at: 1 } }, { key: { domain: 1 } }],
  samples: [{ key: { updated_at: 1 } }, { key: { domain: 1 } }],
  requests: [{ key: { created_at: 1 } }, { key: { answered: 1, created_at: 1 } }],
}

/** An index's name, as the server itself would make it. */
export const nameOf = (key: Keys): string =>
  Object.entries(key)
    .map(([field, direction]) => `${field}_${direction}`)
    .join('_')

/** Makes what is missing. */
export async function makeIndexes(collections: Collections): Promise<void> {
  await Promise.all(
    Object.entries(collections).map(async ([name, collection]) => {
      const wanted = descriptionsOf(name)
      if (wanted.length === 0) return
      const there = await asked(() => namesOf(collection))
      const missing = wanted.filter((index) => !there.has(index.name))
      if (missing.length > 0) await asked(() => collection.createIndexes(missing))
    }),
  )
}

async function namesOf(collection: Documents): Promise<ReadonlySet<unknown>> {
  try {
    return new Set((await collection.indexes()).map(({ name }) => name))
  } catch (error) {
    // The collection is not there yet.
    if (error instanceof MongoServerError && error.code === 26) return new Set()
    throw error
  }
}

function descriptionsOf(name: string): IndexDescription[] {
  const wanted = Object.entries(indexes).find(([of]) => of === name)?.[1] ?? []
  return wanted.map(({ key, ...more }) => ({ key: { ...key }, name: nameOf(key), ...more }))
}
