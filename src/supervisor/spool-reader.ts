import { closeSync, openSync, readSync } from 'node:fs'

/**
 * Reads the bytes of chunks, on the agent's side. A few descriptors stay open, the least recently used is closed first;
 * whoever is done with a spool says so, since a file that is held open keeps its room on the disk.
 */
export class SpoolReader {
  readonly #open = new Map<string, number>()
  readonly #most: number

  /** @param most descriptors held open */
  constructor(most = 64) {
    this.#most = most
  }

  /** The bytes of a chunk note: `length` bytes from `at`. Throws when the file is gone or shorter than that. */
  read(spool: string, at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    const fd = this.#descriptor(spool)
    for (let have = 0; have < length; ) {
      const read = readSync(fd, bytes, have, length - have, at + have)
      if (read === 0) throw new Error(`${spool} ends before byte ${at + length}`)
      have += read
    }
    return bytes
  }

  /** The attempt is done. */
  forget(spool: string): void {
    const fd = this.#open.get(spool)
    if (fd !== undefined) closeSync(fd)
    this.#open.delete(spool)
  }

  close(): void {
    for (const spool of [...this.#open.keys()]) this.forget(spool)
  }

  #descriptor(spool: string): number {
    const known = this.#open.get(spool)
    const fd = known ?? openSync(spool, 'r')
    this.#open.delete(spool)
    this.#open.set(spool, fd)
    if (this.#open.size > this.#most) for (const oldest of this.#open.keys()) return this.#closeOldest(oldest, fd)
    return fd
  }

  #closeOldest(oldest: string, fd: number): number {
    this.forget(oldest)
    return fd
  }
}
