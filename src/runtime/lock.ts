import { join } from 'node:path'
import Database from 'better-sqlite3'

/** A folder that belongs to this process until it releases it, or ends in whatever way. */
export interface Lock {
  /** May be called twice. */
  release(): void
}

/** What a folder that was ever taken has in it. */
export const lockFile = 'lock.db'

/** What is locked must not end with the last who mentions it: a database that is collected closes, and gives up its lock. */
const held = new Set<Database.Database>()

/**
 * Takes a folder for this process alone; null when another process has it, or this one already.
 *
 * The lock has to die with its holder, kill -9 included, on every platform: only one that the kernel keeps does so. Node
 * offers none (no flock, no LockFileEx), and a file with a pid in it lies once that pid is given again. SQLite takes
 * the platform's own lock on its file, so a database with nothing in it, held in an exclusive transaction that is never
 * committed, is such a lock without native code of ours.
 *
 * @param folder must exist, on a disk of this machine: locks over a network's file system are not to be relied on
 * @throws when the file in it, `lock.db`, cannot be made or opened
 */
export function lockFolder(folder: string): Lock | null {
  const database = new Database(join(folder, lockFile), { timeout: 0 })
  try {
    database.pragma('locking_mode = EXCLUSIVE')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw error
  }
  held.add(database)
  return {
    release() {
      held.delete(database)
      database.close()
    },
  }
}
