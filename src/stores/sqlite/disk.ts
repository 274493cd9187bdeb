import { closeSync, fdatasync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Db } from './database.ts'

const datasync = promisify(fdatasync)

/** Where commits become durable. */
export interface Disk {
  /** Resolves when all that was committed before the call is on the disk. */
  sync(): Promise<void>
  close(): void
}

/**
 * The write-ahead log of a database, by a descriptor of our own: it is synced in libuv's pool, so that the event loop goes on
 * meanwhile. SQLite keeps the file for as long as the connection is open, and locks only the one beside it (`-shm`), so that
 * closing this descriptor gives up no lock. Why this is enough: docs/decisions/commits.md.
 */
export function diskOf(db: Db): Disk {
  if (db.memory) return { sync: async () => {}, close() {} }
  // Windows syncs only what may be written. The file is there since the database was read first; it is never made here.
  const descriptor = openSync(`${db.name}-wal`, 'r+')
  return { sync: () => datasync(descriptor), close: () => closeSync(descriptor) }
}
