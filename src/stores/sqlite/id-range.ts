import type { Statement } from 'better-sqlite3'
import type { Millis } from '../../model/time.ts'
import type { Db } from './database.ts'

/** How much earlier than its document an id is made at most, as a rule: by a request whose repeat finishes it. ms */
const usualLead: Millis = 25 * 3_600_000
/** How much later at most, as a rule: clocks differ. ms */
const usualLag: Millis = 600_000
/** An id that tells no time could be of any. */
const anyTime: Millis = 2 ** 48

/** Bounds of ids; null: no bound. */
export interface IdRange {
  readonly from: string | null
  readonly before: string | null
}

/**
 * What ids things created in a span of time can have: an id (UUIDv7) begins with its milliseconds in 12 hex digits, and the
 * lists are in the order of ids. How far ids and times of creation lie apart is noted at each insert, so a range is never
 * too narrow: after a long pause between a tick's decision and its run it is only wider for good.
 */
export class IdRanges {
  readonly #put: Statement<[string, number]>
  #lead = usualLead
  #lag = usualLag

  constructor(db: Db) {
    this.#put = db.prepare(
      'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    )
    const stored = db.prepare<[string], number>('SELECT value FROM meta WHERE name = ?').pluck()
    this.#lead = stored.get('id_lead') ?? usualLead
    this.#lag = stored.get('id_lag') ?? usualLag
  }

  /** Takes note of a document's id; for use inside the write that inserts it. */
  note(id: string, created_at: Millis): void {
    const at = momentOf(id)
    const [lead, lag] = at === null ? [anyTime, anyTime] : [created_at - at, at - created_at]
    if (lead > this.#lead) {
      this.#lead = lead
      this.#put.run('id_lead', lead)
    }
    if (lag > this.#lag) {
      this.#lag = lag
      this.#put.run('id_lag', lag)
    }
  }

  /** The ids that something created from `since` on and before `until` can have. */
  between(since: Millis | null, until: Millis | null): IdRange {
    return {
      from: since === null || this.#lead >= anyTime ? null : firstId(since - this.#lead),
      before: until === null || this.#lag >= anyTime ? null : firstId(until + this.#lag),
    }
  }
}

/** When an id was made, or null where it does not say. */
export function momentOf(id: string): Millis | null {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null
}

/** Not after any id of a moment, and after every id before it. */
export function firstId(at: Millis): string {
  const hex = Math.min(Math.max(0, Math.floor(at)), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}
