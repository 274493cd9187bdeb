import { lstatSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { removeAll } from './remove-all.ts'

/** The end of an attempt waits this long for its folder to be gone; what takes longer goes on by itself; ms. */
const patience = 1000
/** Empty folders that nobody has used for this long are removed; ms. */
const idleFor = 1000

/**
 * A folder for each attempt that has no workdir, for us alone. To make and remove one costs as much as a quarter of a
 * short run, so one that a job left as it found it, empty, goes to a later attempt while there are any.
 */
export class WorkFolders {
  readonly #parent: string
  readonly #reuse: boolean
  readonly #free: string[] = []
  #made = 0
  #usedAt = 0

  /** @param parent everything in it is ours to remove  @param reuse false where a process may have outlived its attempt */
  constructor(parent: string, reuse: boolean) {
    this.#parent = parent
    this.#reuse = reuse
  }

  /** @param now monotonic, ms. Throws when none can be made. */
  take(now: number): string {
    this.#usedAt = now
    const free = this.#free.pop()
    if (free !== undefined) return free
    this.#made += 1
    const path = join(this.#parent, `${process.pid}-${this.#made}`)
    mkdirSync(path, { mode: 0o700 })
    return path
  }

  /** The attempt is over. @param then is called when all that was in the folder is gone, or at last after a second */
  give(path: string, then: () => void): void {
    if (this.#reuse && isUntouched(path)) {
      this.#free.push(path)
      then()
      return
    }
    const done = once(then)
    const timer = setTimeout(done, patience)
    removeAll(path).finally(() => {
      clearTimeout(timer)
      done()
    })
  }

  /** Removes the empty ones, unless they are in use. @param now monotonic, ms; `Infinity` for all */
  tidy(now: number): void {
    if (now - this.#usedAt < idleFor) return
    for (const path of this.#free.splice(0)) {
      try {
        rmdirSync(path)
      } catch {}
    }
  }
}

function isUntouched(path: string): boolean {
  try {
    return readdirSync(path).length === 0 && (lstatSync(path).mode & 0o7777) === 0o700
  } catch {
    return false
  }
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}
