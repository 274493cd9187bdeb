/** More wrong tokens than this from one address within `span` are answered with 429. */
const allowed = 60
const span = 60_000

/** At most this many addresses are remembered. */
const most = 10_000

/** Counts wrong tokens by address. A valid token is never refused, and a missing one counts for nothing. */
export class WrongTokens {
  readonly #counts = new Map<string, { count: number; readonly since: number }>()

  /** Counts one more. @param now ms, monotonic @returns seconds to wait where there were too many, else null */
  add(address: string, now: number): number | null {
    const from = networkOf(address)
    const known = this.#counts.get(from)
    const entry = known && now - known.since < span ? known : { count: 0, since: now }
    entry.count += 1
    if (entry !== known) {
      this.#counts.delete(from)
      this.#makeRoom(now)
      this.#counts.set(from, entry)
    }
    return entry.count > allowed ? Math.ceil((entry.since + span - now) / 1000) : null
  }

  /** Entries are in the order of their beginning, so what is over stands first. */
  #makeRoom(now: number): void {
    for (const [address, { since }] of this.#counts) {
      if (this.#counts.size < most && now - since < span) return
      this.#counts.delete(address)
    }
  }
}

/** One machine has a whole /64 of IPv6 addresses to try from. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [head = ''] = address.split('%')
  const [left = '', right] = head.split('::')
  const groups = left.split(':')
  if (right !== undefined) while (groups.length < 8 - right.split(':').length) groups.push('0')
  return groups.slice(0, 4).join(':')
}
