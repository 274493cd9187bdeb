import type { Statement } from 'better-sqlite3'
import type { Millis } from '../../model/time.ts'
import { anyTime, type IdRange, idsBetween, idsMadeBefore, momentOf, usualLag, usualLead } from '../id-time.ts'
import type { Db } from './database.ts'

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
    return idsBetween({ since, until, lead: this.#lead, lag: this.#lag })
  }

  /** A bound of ids of what was created before; what was made by a clock ahead of others falls under it later. */
  madeBefore(until: Millis | null): string | null {
    return idsMadeBefore(until, this.#lag)
  }
}
