import { z } from 'zod'
import type { Run } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import { anyTime, type IdRange, idsBetween, idsMadeBefore, momentOf, usualLag, usualLead } from '../id-time.ts'
import type { Meta } from './meta.ts'
import { reader } from './stored.ts'

const name = 'id_range'
const readRange = reader('range of ids', z.object({ lead: z.number(), lag: z.number() }))

/**
 * What ids runs created in a span of time can have: an id (UUIDv7) begins with its milliseconds, and lists are in the order
 * of ids. How far ids and times of creation lie apart is noted before an insert, so a range is never too narrow.
 */
export class RunRanges {
  readonly #meta: Meta
  /** What is known to be noted already. */
  #lead = usualLead
  #lag = usualLag

  constructor(meta: Meta) {
    this.#meta = meta
  }

  /** Takes note of runs that are about to be inserted. */
  async note(runs: readonly Pick<Run, '_id' | 'created_at'>[]): Promise<void> {
    let [lead, lag] = [this.#lead, this.#lag]
    for (const { _id, created_at } of runs) {
      const at = momentOf(_id)
      lead = Math.max(lead, at === null ? anyTime : created_at - at)
      lag = Math.max(lag, at === null ? anyTime : at - created_at)
    }
    if (lead === this.#lead && lag === this.#lag) return
    await this.#meta.raise(name, { lead, lag })
    this.#lead = lead
    this.#lag = lag
  }

  /** The ids that something created from `since` on and before `until` can have. */
  async between(since: Millis | null, until: Millis | null): Promise<IdRange> {
    if (since === null && until === null) return { from: null, before: null }
    const { lead, lag } = await this.#noted()
    return idsBetween({ since, until, lead, lag })
  }

  /** A bound of ids of what was created before; what was made by a clock ahead of others falls under it later. */
  async madeBefore(until: Millis | null): Promise<string | null> {
    return until === null ? null : idsMadeBefore(until, (await this.#noted()).lag)
  }

  async #noted(): Promise<{ readonly lead: Millis; readonly lag: Millis }> {
    const stored = await this.#meta.get(name)
    return stored === null ? { lead: usualLead, lag: usualLag } : readRange(stored)
  }
}
