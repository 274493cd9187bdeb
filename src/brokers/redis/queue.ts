import type { Requirement } from '../../model/affinity.ts'
import { score } from '../../model/placement.ts'
import type { Millis } from '../../model/time.ts'
import type { Reservation, Waiting } from '../../ports/broker.ts'
import type { Grant } from '../../ports/link.ts'
import { list, rows, text, texts } from '../../redis/answers.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import { newMark } from '../../runtime/ids.ts'
import type { Domains } from './domains.ts'
import { classIdOf, type KindBook } from './kinds.ts'
import { bestWaiting } from './looks.ts'
import { parts } from './parts.ts'
import { needsOf, shownOf, waitingFrom } from './records.ts'

/** How much one call of a function does: none may hold Redis for a millisecond. Runs each, by `npm run bench -- redis`. */
const atOnce = { withdraw: 5, look: 50, reserve: 8, give: 6, giveUp: 5 } as const
/** What queueing takes, about, µs: at most in one call, for a run, for its class if that is new, for a kind that fits that. */
const enqueueing = { most: 250, run: 15, class: 20, kind: 10 } as const
/** A definition may have a megabyte: a grant of so many bytes counts as one more. */
const bytesPerGrant = 64 * 1024
/** The kinds of workers may change between reading them and a call that rests on them; a fleet does not do so for ever. */
const tries = 20

interface Reserved {
  readonly made: readonly Reservation[]
  /** More can be reserved there at once. */
  readonly more: boolean
}

const nothing: Reserved = { made: [], more: false }

/** The queues of all domains, and reservations out of them. */
export class Queue {
  readonly #redis: RedisConnection
  readonly #domains: Domains
  readonly #kinds: KindBook
  readonly #origin: string

  constructor(redis: RedisConnection, domains: Domains, kinds: KindBook, origin: string) {
    this.#redis = redis
    this.#domains = domains
    this.#kinds = kinds
    this.#origin = origin
  }

  async enqueue(waiting: readonly Waiting[]): Promise<readonly string[]> {
    const unfit: string[] = []
    for (const [domain, theirs] of Map.groupBy(waiting, (one) => one.domain)) {
      await this.#domains.note(domain)
      for (const some of parts(theirs, enqueueing.most, this.#weights(domain)))
        unfit.push(...(await this.#enqueueSome(domain, some)))
      this.#domains.stir(domain)
    }
    return unfit
  }

  /** What queueing each takes, as if every class in a row of runs were new. */
  #weights(domain: string): (one: Waiting) => number {
    const seen = new Set<string>()
    return ({ need }) => {
      const id = classIdOf(domain, need)
      if (seen.has(id)) return enqueueing.run
      seen.add(id)
      return enqueueing.run + enqueueing.class + enqueueing.kind * this.#kinds.fitting(domain, id, need).length
    }
  }

  async #enqueueSome(domain: string, some: readonly Waiting[]): Promise<readonly string[]> {
    const classes = new Map<string, Requirement>()
    const ids = some.map(({ need }) => {
      const id = classIdOf(domain, need)
      if (!classes.has(id)) classes.set(id, need)
      return id
    })
    const number = new Map([...classes.keys()].map((id, at) => [id, at + 1]))
    const runs = some.flatMap((one, at) => [
      one.run_id,
      String(score(one.priority, one.scheduled_ts)),
      number.get(ids[at] ?? '') ?? 0,
      shownOf(one),
    ])
    const answer = await this.#reckoned(domain, classes.keys(), () => {
      const fitting = [...classes].flatMap(([id, need]) => {
        const kinds = this.#kinds.fitting(domain, id, need)
        return [id, JSON.stringify(need), kinds.length, ...kinds]
      })
      const versions = [this.#kinds.version(domain, 'm'), this.#kinds.version(domain, 'p')]
      return this.#redis.call('enqueue', domain, [this.#origin, ...versions, classes.size, ...fitting, ...runs])
    })
    return texts(answer[1])
  }

  /** Calls a function that rests on the kinds of workers as they are known here; again when they were not known rightly. */
  async #reckoned(
    domain: string,
    classIds: Iterable<string>,
    call: () => Promise<unknown>,
  ): Promise<readonly unknown[]> {
    const ids = [...classIds]
    for (let left = tries; left > 0; left -= 1) {
      const answer = list(await call())
      if (answer[0] !== 'stale') return answer
      await this.#kinds.refresh(domain, ids)
    }
    throw new Error(`the workers of the domain ${domain} change too fast`)
  }

  async withdraw(domain: string, runIds: readonly string[]): Promise<void> {
    for (const some of parts(runIds, atOnce.withdraw)) await this.#redis.call('withdraw', domain, some)
  }

  async unknown(domain: string, runIds: readonly string[]): Promise<readonly string[]> {
    const found: string[] = []
    for (const some of parts(runIds, atOnce.look)) found.push(...texts(await this.#redis.call('unknown', domain, some)))
    return found
  }

  /** Takes the best runs for free fitting slots; the domains share the limit, and what one leaves goes to the others. */
  async reserve(limit: number, now: Millis): Promise<readonly Reservation[]> {
    const made: Reservation[] = []
    let open = await this.#domains.stirred()
    while (open.length > 0 && made.length < limit) {
      const left = limit - made.length
      const share = Math.min(atOnce.reserve, Math.max(1, Math.floor(left / open.length)))
      const asked = open.slice(0, left)
      const answers = await Promise.allSettled(asked.map((domain) => this.#reserveIn(domain, share, now)))
      const failed = answers.find((answer) => answer.status === 'rejected')
      const got = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : nothing))
      made.push(...got.flatMap((answer) => answer.made))
      // What the others reserved is to be given out, whatever one of them says.
      if (failed && made.length === 0) throw failed.reason
      open = failed ? [] : [...open.slice(left), ...asked.filter((_, at) => got[at]?.more)]
    }
    return made
  }

  #reserveIn(domain: string, share: number, now: Millis): Promise<Reserved> {
    return this.#domains.settle(
      domain,
      async () => {
        const mark = newMark()
        const [reserved, classes, more] = list(await this.#redis.call('reserve', domain, [share, now, mark]))
        const needs = needsOf(classes)
        const made = rows(reserved, 5).map(([run_id = '', worker_id = '', session = '', slot = '', kept = '']) => ({
          mark,
          waiting: waitingFrom(domain, run_id, kept, needs),
          worker_id,
          session,
          slot: Number(slot),
        }))
        return { made, more: more === '1' }
      },
      (answer) => !answer.more,
    )
  }

  async reserveFor(waiting: Waiting, now: Millis): Promise<Reservation | null> {
    const { domain, run_id, need, priority, scheduled_ts } = waiting
    const [id, mark] = [classIdOf(domain, need), newMark()]
    const rank = String(score(priority, scheduled_ts))
    const [worker, session, slot] = await this.#reckoned(domain, [id], () =>
      this.#redis.call('reserve_for', domain, [
        ...[run_id, rank, id, this.#kinds.versionFor(domain, id), now, mark],
        ...this.#kinds.fitting(domain, id, need),
      ]),
    )
    if (worker === undefined) return null
    return { mark, waiting, worker_id: text(worker), session: text(session), slot: Number(text(slot)) }
  }

  async give(given: readonly { readonly reservation: Reservation; readonly grant: Grant }[]): Promise<void> {
    const ready = given.map(({ reservation: { mark, waiting, worker_id, session, slot }, grant }) => ({
      domain: waiting.domain,
      args: [
        ...[waiting.run_id, worker_id, session, slot, mark],
        ...[grant.token, grant.job_id, grant.definition.user, JSON.stringify(grant)],
      ],
    }))
    for (const [domain, theirs] of Map.groupBy(ready, (one) => one.domain))
      for (const some of parts(theirs, atOnce.give, ({ args }) => 1 + String(args.at(-1)).length / bytesPerGrant))
        await this.#redis.call(
          'give',
          domain,
          some.flatMap(({ args }) => args),
        )
  }

  async giveUp(reservations: readonly Reservation[], again: boolean): Promise<void> {
    for (const [domain, theirs] of Map.groupBy(reservations, ({ waiting }) => waiting.domain)) {
      const rest = new Set<string>()
      for (const some of parts(theirs, atOnce.giveUp)) {
        const pairs = some.flatMap(({ waiting: { run_id }, mark }) => [run_id, mark])
        const answer = await this.#redis.call('give_up', domain, [this.#origin, again ? 1 : 0, ...pairs])
        for (const id of texts(answer)) rest.add(id)
      }
      this.#domains.stir(domain)
      if (rest.size > 0)
        await this.enqueue(theirs.map(({ waiting }) => waiting).filter(({ run_id }) => rest.has(run_id)))
    }
  }

  async waiting(domain: string | null, limit: number): Promise<readonly Waiting[]> {
    return bestWaiting(this.#redis, await this.#domains.these(domain), limit)
  }

  async depth(domain: string | null): Promise<number> {
    const { keys } = this.#redis
    const domains = await this.#domains.these(domain)
    const counts = await Promise.all(domains.map((one) => this.#redis.ask((client) => client.zcard(keys.pending(one)))))
    return counts.reduce((sum, count) => sum + count, 0)
  }
}
