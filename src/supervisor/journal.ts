import { closeSync, fdatasync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { EndNote, Start } from './messages.ts'
import { isRecord } from './orders.ts'

/** A new journal is written when the old one has grown past this, beyond what must be kept. */
const rewriteAfter = 8 * 1024 * 1024
const syncEvery = 100
/** Tokens of finished attempts that are still refused. */
const keptTokens = 20_000

export interface Accepted {
  readonly k: 'accepted'
  readonly run_id: string
  readonly token: number
  readonly job_id: string
  readonly attempt: number
  readonly slot: number
  readonly needles: Start['needles']
}

export interface SpawnedEntry {
  readonly k: 'spawned'
  readonly run_id: string
  readonly token: number
  readonly pid: number
  /** In clock ticks since boot; null where the system does not tell. */
  readonly start: number | null
  readonly start_ts: number
}

/** What the journal knows of an attempt that is not done. */
export interface Entries {
  accepted: Accepted
  spawned: SpawnedEntry | null
  ended: EndNote | null
}

type Key = { readonly run_id: string; readonly token: number }
export const keyOf = ({ run_id, token }: Key): string => `${run_id}:${token}`

/**
 * What the supervisor did, in lines of JSON, each written before it is told: a write outlives the kill of its writer, and
 * at most 100 ms of it a loss of power. It answers which tokens were ever started, and what is not acknowledged yet.
 */
export class Journal {
  readonly #path: string
  readonly #boot: string
  readonly #held = new Map<string, Entries>()
  /** In the order of their end. */
  readonly #done = new Set<string>()
  #fd = -1
  #buffer = ''
  #size = 0
  #rewriteAt = 0
  #sync: NodeJS.Timeout | null = null
  /** The boot of the machine that the last writer saw. */
  readonly lastBoot: string

  /** Reads what is there, and writes it anew without what is past. @param boot the id of this boot of the machine */
  constructor(path: string, boot: string) {
    this.#path = path
    this.#boot = boot
    this.lastBoot = this.#read() ?? boot
    this.#rewrite(this.lastBoot)
  }

  get held(): ReadonlyMap<string, Entries> {
    return this.#held
  }

  knows(key: Key): boolean {
    const name = keyOf(key)
    return this.#held.has(name) || this.#done.has(name)
  }

  accepted(order: Start): void {
    const { run_id, token, job_id, attempt, slot, needles } = order
    this.#apply({ k: 'accepted', run_id, token, job_id, attempt, slot, needles })
  }

  spawned(entry: Omit<SpawnedEntry, 'k'>): void {
    this.#apply({ k: 'spawned', ...entry })
  }

  ended(note: EndNote): void {
    this.#apply(note)
  }

  done({ run_id, token }: Key): void {
    this.#apply({ k: 'done', run_id, token })
  }

  /** Everything is recovered: from here on the lines are of this boot. */
  settle(): void {
    this.flush()
    this.#rewrite(this.#boot)
  }

  /** Writes what has gathered. @returns false when the disk takes no more: then nothing of it may be told, and all waits */
  flush(): boolean {
    if (this.#buffer === '') return true
    const bytes = Buffer.from(this.#buffer)
    try {
      // At a place of its own: what a failed write left is written over.
      writeAll(this.#fd, bytes, this.#size)
      this.#buffer = ''
      this.#size += bytes.length
      if (this.#size > this.#rewriteAt) this.#rewrite(this.#boot)
      else this.#sync ??= setTimeout(() => this.#synchronise(), syncEvery)
      return true
    } catch (error) {
      console.error(`the journal cannot be written: ${error}`)
      return false
    }
  }

  close(): void {
    this.flush()
    if (this.#sync !== null) clearTimeout(this.#sync)
    fsyncSync(this.#fd)
    closeSync(this.#fd)
  }

  #apply(entry: Entry): void {
    this.#remember(entry)
    this.#buffer += `${JSON.stringify(entry)}\n`
  }

  #remember(entry: Entry): void {
    const key = keyOf(entry)
    if ('kind' in entry) {
      const held = this.#held.get(key)
      if (held !== undefined) held.ended = entry
    } else if (entry.k === 'accepted') this.#held.set(key, { accepted: entry, spawned: null, ended: null })
    else if (entry.k === 'spawned') {
      const held = this.#held.get(key)
      if (held !== undefined) held.spawned = entry
    } else {
      this.#held.delete(key)
      this.#done.add(key)
      if (this.#done.size > keptTokens) for (const oldest of this.#done.keys()) return void this.#done.delete(oldest)
    }
  }

  /** @returns the boot that it was written in, null for a new journal. */
  #read(): string | null {
    let boot: string | null = null
    for (const line of linesOf(this.#path)) {
      const entry = parseEntry(line)
      if (entry === null) continue
      if ('boot' in entry) boot = entry.boot
      else this.#remember(entry)
    }
    return boot
  }

  #rewrite(boot: string): void {
    const lines: string[] = [JSON.stringify({ k: 'boot', boot })]
    for (const key of this.#done) {
      const colon = key.lastIndexOf(':')
      lines.push(JSON.stringify({ k: 'done', run_id: key.slice(0, colon), token: Number(key.slice(colon + 1)) }))
    }
    for (const { accepted, spawned, ended } of this.#held.values())
      for (const entry of [accepted, spawned, ended]) if (entry !== null) lines.push(JSON.stringify(entry))
    const next = `${this.#path}.new`
    const fd = openSync(next, 'w', 0o600)
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    writeAll(fd, bytes, 0)
    fsyncSync(fd)
    renameSync(next, this.#path)
    syncFolder(dirname(this.#path))
    if (this.#fd !== -1) closeSync(this.#fd)
    this.#fd = fd
    this.#size = bytes.length
    this.#rewriteAt = bytes.length + rewriteAfter
  }

  #synchronise(): void {
    this.#sync = null
    // In a thread of libuv's pool; the descriptor may have been replaced meanwhile, by a file that is synchronised already.
    fdatasync(this.#fd, () => {})
  }
}

type Entry = Accepted | SpawnedEntry | EndNote | { readonly k: 'done'; readonly run_id: string; readonly token: number }

/** The last line may be torn: it was never answered for. */
function parseEntry(line: string): Entry | { readonly boot: string } | null {
  try {
    const value: unknown = JSON.parse(line)
    return isEntry(value) ? value : null
  } catch {
    return null
  }
}

/** The file is our own, in a folder that is ours alone: the kind of a line is proof enough. */
function isEntry(value: unknown): value is Entry | { readonly boot: string } {
  if (!isRecord(value)) return false
  if (value.k === 'boot') return typeof value.boot === 'string'
  if (typeof value.run_id !== 'string' || typeof value.token !== 'number') return false
  return value.kind === 'ended' || value.k === 'accepted' || value.k === 'spawned' || value.k === 'done'
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

function writeAll(fd: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done)
}

/** A rename is only safe from a loss of power once its folder is. Windows cannot open one. */
function syncFolder(path: string): void {
  try {
    const fd = openSync(path, 'r')
    fsyncSync(fd)
    closeSync(fd)
  } catch {}
}
