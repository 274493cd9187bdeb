import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'

export type Db = Database.Database

/** How long a writer waits for another process that writes, ms. The event loop stands still meanwhile. */
const patience = 5_000

/** Opens a database file of ours and lifts it to the newest migration. Throws with a sentence when it cannot. */
export function openDatabase(path: string, migrations: readonly string[]): Db {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // Made before SQLite would: the files beside it (-wal, -shm) take over its mode.
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
  const db = new Database(path, { timeout: patience })
  try {
    configure(db)
    migrate(db, path, migrations)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function configure(db: Db): void {
  // Of use in a file that is new: pages that nothing uses any more can be given back (see freed.ts).
  db.pragma('auto_vacuum = INCREMENTAL')
  db.pragma('journal_mode = WAL')
  // NORMAL can lose commits on power loss; with grouped commits FULL costs next to nothing.
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = OFF')
  db.pragma('temp_store = MEMORY')
  // KiB. A busy server's working set is far smaller: what is larger only grows the process.
  db.pragma('cache_size = -12288')
  // A run is rewritten three or four times within a second: a rarer checkpoint copies its page once instead of each time.
  db.pragma('wal_autocheckpoint = 4000')
  db.pragma('journal_size_limit = 67108864')
  // SQLite's own lower() knows ASCII only.
  db.function('fold', { deterministic: true }, (text) => (typeof text === 'string' ? text.toLowerCase() : ''))
}

/** Each migration is one transaction together with its number, so a crash leaves the store at the one before. */
export function migrate(db: Db, path: string, migrations: readonly string[]): void {
  db.transaction(() => {
    const at = Number(db.pragma('user_version', { simple: true }))
    if (at > migrations.length)
      throw new Error(
        `${path} was written by a newer version of hydra (its number is ${at}, this version knows ${migrations.length}); start that version, or restore a backup.`,
      )
    for (const migration of migrations.slice(at)) db.exec(migration)
    if (at < migrations.length) db.pragma(`user_version = ${migrations.length}`)
  }).exclusive()
}
