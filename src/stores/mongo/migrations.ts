import { z } from 'zod'
import type { Millis } from '../../model/time.ts'
import type { Parts } from './collections.ts'
import { makeIndexes } from './indexes.ts'
import { Meta } from './meta.ts'
import type { SeedLift } from './seed-lift.ts'
import { reader } from './stored.ts'

/**
 * The store's shape, one migration after another: a store at number n has had the first n. Each may be done twice, and by
 * several schedulers at once. One that was published is never edited; the next one is added below it.
 */
const migrations: readonly ((lift: SeedLift, now: Millis) => Promise<void>)[] = [
  // The seed's system wrote no number: what it left is lifted, on an empty store that is nothing.
  (lift, now) => lift.all(now),
]

const readNumber = reader('migration number', z.object({ number: z.number() }))

/** Lifts the store to the newest migration and makes its indexes. Throws with a sentence for a store of a newer version. */
export async function migrate(parts: Parts, lift: SeedLift, now: Millis): Promise<void> {
  const meta = new Meta(parts.in.meta)
  const stored = await meta.get('migration')
  const at = stored === null ? 0 : readNumber(stored).number
  if (at > migrations.length)
    throw new Error(
      `The database was written by a newer version of hydra (its number is ${at}, this version knows ${migrations.length}); start that version, or restore a backup.`,
    )
  for (const migration of migrations.slice(at)) await migration(lift, now)
  await makeIndexes(parts.in)
  await meta.raise('migration', { number: migrations.length })
}
