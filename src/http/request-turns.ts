import { HydraError } from '../model/errors.ts'

/** How many requests of one tenant are served at a time: while others ask as well, and while it is alone. */
const atATime = { contested: 2, alone: 64 }
/** Who asked within so long counts as one who asks. ms */
const recently = 500
/** Requests of one tenant that wait; beyond it they are refused. */
const mostWaiting = 2000
/** While others ask, a tenant with more to do stands back so many times as long as the server worked for it: it has a fifth of its time. */
const rests = 4
/** At most so at a time. ms */
const longestRest = 25

/** Gives a turn back; twice is harmless. */
export type Leave = () => void

/** Whose requests take turns. Lanes of one domain do not wait for each other, and are not others to each other. */
export interface Party {
  readonly domain: string | null
  readonly lane: 'users' | 'workers'
}

interface Tenant {
  readonly domain: string | null
  serving: number
  lastAsked: number
  /** It stands back until then. ms */
  restsUntil: number
  /** What the server had worked when the tenant last stood back for it: turns that overlap do not count twice. ms */
  charged: number
  isLookedAt: boolean
  readonly waiting: Set<(leave: Leave) => void>
}

export interface TurnClock {
  /** ms, monotonic. */
  now(): number
  /** How long this thread has worked until now, ms; what it waited is not in it. */
  worked(): number
  /** Calls after so many ms, and not before the sockets were looked at. */
  later(act: () => void, ms: number): void
}

const ownClock: TurnClock = {
  now: () => performance.now(),
  worked: () => performance.eventLoopUtilization().active,
  later(act, ms) {
    if (ms <= 0) setImmediate(act)
    else setTimeout(act, ms).unref()
  },
}

/**
 * Tenants take turns for the time of the server, which has one thread. What one asks for beyond its share waits here,
 * its body unread, so that another's request finds two of it before it and not all. Who is alone is not held up.
 */
export class RequestTurns {
  readonly #tenants = new Map<string, Tenant>()
  readonly #clock: TurnClock

  constructor(clock: TurnClock = ownClock) {
    this.#clock = clock
  }

  /**
   * Resolves when it is this tenant's turn, with how to give that back.
   * @param gone the request is; it gives up its place and its promise stays open
   * @throws TOO_MANY where too many of its requests wait already
   */
  async take(party: Party, gone?: AbortSignal): Promise<Leave> {
    const tenant = this.#tenant(party)
    tenant.lastAsked = this.#clock.now()
    if (tenant.waiting.size === 0 && this.#mayServe(tenant)) return this.#serve(tenant)
    if (tenant.waiting.size >= mostWaiting)
      throw new HydraError('TOO_MANY', `${mostWaiting} requests of this domain wait already.`, { retryAfter: 1 })
    return new Promise((resolve) => {
      const giveUp = (): void => void tenant.waiting.delete(begin)
      const begin = (leave: Leave): void => {
        gone?.removeEventListener('abort', giveUp)
        resolve(leave)
      }
      tenant.waiting.add(begin)
      // Whoever stands back with nothing under way has nobody whose end would look again.
      if (tenant.serving < atATime.contested)
        this.#lookAgain(tenant, Math.max(0, tenant.restsUntil - this.#clock.now()))
      gone?.addEventListener('abort', giveUp, { once: true })
    })
  }

  /**
   * What one awaits between two pieces of a long turn: others are served; and while they ask, its tenant stands back.
   * @returns call it when the turn begins, and what it gives between the pieces
   */
  paceOf(party: Party): () => Promise<void> {
    const tenant = this.#tenant(party)
    let before = this.#clock.worked()
    return () =>
      new Promise((resolve) => {
        this.#clock.later(
          () => {
            before = this.#clock.worked()
            resolve()
          },
          this.#standBack(tenant, before),
        )
      })
  }

  /** The pages, of which each takes a turn to be made. */
  async *pages<T>(party: Party, pages: AsyncIterable<T>): AsyncGenerator<T> {
    const from = pages[Symbol.asyncIterator]()
    try {
      for (;;) {
        const leave = await this.take(party)
        const next = await from.next().finally(leave)
        if (next.done) return
        yield next.value
        // A reader that takes all that it gets would have them all in one go.
        await new Promise((resolve) => setImmediate(resolve))
      }
    } finally {
      await from.return?.()
    }
  }

  /**
   * The pages, of which each takes a turn to be sent; what makes them takes none.
   * @param costOf what a page takes of the thread beside its turn, ms: to be taken over, written and collected
   */
  async *sent<T>(party: Party, pages: AsyncIterable<T>, costOf: (page: T) => number = () => 0): AsyncGenerator<T> {
    const tenant = this.#tenant(party)
    for await (const page of pages) {
      const leave = await this.take(party)
      // Sent by then, as far as the socket takes it; how long its client takes is no part of the turn.
      setImmediate(() => {
        leave()
        this.#rest(tenant, costOf(page))
      })
      yield page
    }
  }

  #tenant({ domain, lane }: Party): Tenant {
    const name = `${lane} ${domain ?? ''}`
    const tenant = this.#tenants.get(name) ?? {
      domain,
      serving: 0,
      lastAsked: 0,
      restsUntil: 0,
      charged: 0,
      isLookedAt: false,
      waiting: new Set(),
    }
    this.#tenants.set(name, tenant)
    return tenant
  }

  #mayServe(tenant: Tenant): boolean {
    if (!this.#isContested(tenant)) return tenant.serving < atATime.alone
    return tenant.serving < atATime.contested && tenant.restsUntil <= this.#clock.now()
  }

  /** Whether others ask, too; those that have not for a while are forgotten. */
  #isContested(tenant: Tenant): boolean {
    const since = this.#clock.now() - recently
    for (const [name, other] of this.#tenants) {
      if (other.domain === tenant.domain) continue
      if (other.lastAsked >= since) return true
      if (other.serving === 0 && other.waiting.size === 0) this.#tenants.delete(name)
    }
    return false
  }

  #serve(tenant: Tenant): Leave {
    const before = this.#clock.worked()
    let isServed = false
    tenant.serving += 1
    return () => {
      if (isServed) return
      isServed = true
      tenant.serving -= 1
      if (tenant.waiting.size === 0) return
      this.#standBack(tenant, before)
      this.#lookAgain(tenant, 0)
    }
  }

  /** How long the tenant is to do nothing for what was worked since then, ms. */
  #standBack(tenant: Tenant, since: number): number {
    const worked = this.#clock.worked()
    const work = worked - Math.max(since, tenant.charged)
    tenant.charged = worked
    return this.#rest(tenant, work)
  }

  /** How long the tenant is to do nothing for so much work, ms; what it had to rest already comes first. Who is alone rests from nothing. */
  #rest(tenant: Tenant, work: number): number {
    if (!this.#isContested(tenant)) return 0
    const now = this.#clock.now()
    tenant.restsUntil = Math.max(tenant.restsUntil, now) + Math.min(work * rests, longestRest)
    return tenant.restsUntil - now
  }

  #lookAgain(tenant: Tenant, ms: number): void {
    if (tenant.isLookedAt) return
    tenant.isLookedAt = true
    this.#clock.later(() => {
      tenant.isLookedAt = false
      this.#next(tenant)
    }, ms)
  }

  /** Begins those that wait, as far as may be. What is served now looks again when it is over. */
  #next(tenant: Tenant): void {
    while (this.#mayServe(tenant)) {
      const [begin] = tenant.waiting
      if (begin === undefined) return
      tenant.waiting.delete(begin)
      begin(this.#serve(tenant))
    }
    const rest = tenant.restsUntil - this.#clock.now()
    // The rest may have ended since it was looked at above: then, too, somebody must look again.
    if (tenant.waiting.size > 0 && tenant.serving < atATime.contested) this.#lookAgain(tenant, Math.max(1, rest))
  }
}
