import { HydraError } from '../../model/errors.ts'
import type { WorkerState } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import type { Admission, Heartbeat, Presence, Taken } from '../../ports/broker.ts'
import type { Grant, Held } from '../../ports/link.ts'
import { list, rows, text, texts } from '../../redis/answers.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import { type OwnQueue, readGrant } from '../../redis/own-queue.ts'
import { failPoint } from '../../runtime/fail-points.ts'
import { newMark } from '../../runtime/ids.ts'
import type { Domains } from './domains.ts'
import { fittingClasses, type Kind, kindsOf } from './kinds.ts'
import { fieldsOf, needsOf, readCard, readFacts } from './records.ts'

/** How much one call of a function does: none may hold Redis for a millisecond. */
const atOnce = {
  ...{ takeBack: 16, release: 10, link: 15, scan: 100, heartbeats: 100 },
  ...{ seat: 10, unseat: 20, dismiss: 16, presence: 100 },
} as const
/** How often an admission dismisses who has the worker's place: nobody comes there unless he registers, too. */
const tries = 10

/** A worker under one of its sessions. */
interface Who {
  readonly domain: string
  readonly worker_id: string
  readonly session: string
}

/** Workers, their slots and their own queues. */
export class Seats {
  readonly #redis: RedisConnection
  readonly #domains: Domains
  readonly #ownQueue: OwnQueue
  readonly #origin: string

  constructor(redis: RedisConnection, domains: Domains, ownQueue: OwnQueue, origin: string) {
    this.#redis = redis
    this.#domains = domains
    this.#ownQueue = ownQueue
    this.#origin = origin
  }

  async admit(
    { card, session, state, token_hash = null }: Admission,
    taken: readonly Taken[],
    now: Millis,
  ): Promise<boolean> {
    const { domain, worker_id } = card
    const { m, p } = kindsOf(card)
    const [mark, who] = [newMark(), { domain, worker_id, session }]
    await this.#domains.note(domain)
    if (!(await this.#begin(who, mark, fieldsOf(card, state, token_hash ?? ''), now))) return false
    await this.#seat(who, mark, taken, now)
    failPoint('redis.seated')
    const kinds = [m.id, m.facts, p.id, p.facts, newMark()]
    const unlinked = new Set(
      texts(await this.#redis.call('admitted', domain, [this.#origin, worker_id, mark, now, ...kinds])),
    )
    failPoint('redis.admitted')
    for (const kind of [m, p]) if (unlinked.has(kind.id)) await this.#link(domain, kind)
    this.#domains.stir(domain)
    return true
  }

  /** The worker's place is the session's from here on; false where the session is blocked. */
  async #begin(
    { domain, worker_id, session }: Who,
    mark: string,
    fields: readonly (readonly [string, string])[],
    now: Millis,
  ): Promise<boolean> {
    for (let left = tries; ; left -= 1) {
      const args = [worker_id, session, now, mark, newMark(), ...fields.flat()]
      const other = text(await this.#redis.call('place', domain, args))
      if (other === '' || other === 'blocked') return other === ''
      if (left === 0) throw new HydraError('UNAVAILABLE', 'The place of the worker is another’s; try again.')
      await this.dismiss(domain, worker_id, other)
    }
  }

  /** Its slots are those that the store says, and what was reserved or given meanwhile. Is another admission faster, then that one counts. */
  async #seat({ domain, worker_id }: Who, mark: string, taken: readonly Taken[], now: Millis): Promise<void> {
    for (let at = 0; at < taken.length; at += atOnce.seat) {
      const slots = taken.slice(at, at + atOnce.seat)
      const args = slots.flatMap(({ run_id, token, slot, job_id, user }) => [run_id, token, slot, job_id, user])
      if ((await this.#redis.call('seat', domain, [worker_id, mark, now, ...args])) !== 1) return
    }
    for (let at = 0; at >= 0; )
      at = Number(await this.#redis.call('unseat', domain, [worker_id, mark, at, atOnce.unseat]))
  }

  /** Links kinds that someone made and did not live to link. */
  async linkThese(domain: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const pairs = list(await this.#redis.call('kinds', domain, [id.slice(0, 1)]))[1]
      const facts = new Map(rows(pairs, 2).map(([kind = '', json = '']) => [kind, json])).get(id)
      if (facts !== undefined) await this.#link(domain, { id, facts })
    }
  }

  /**
   * Finds what fits a kind of worker among all that waits. A class that comes meanwhile is not missed: whoever makes it
   * knows of the kind by then, or is told that what he knows is out of date.
   */
  async #link(domain: string, { id, facts }: Kind): Promise<void> {
    const { keys } = this.#redis
    const worker = readFacts(facts)
    let cursor = '0'
    do {
      const [next, pairs] = await this.#redis.ask((client) =>
        client.hscan(keys.classes(domain), cursor, 'COUNT', atOnce.scan),
      )
      const fitting = fittingClasses(worker, needsOf(pairs), id)
      for (let at = 0; at < fitting.length; at += atOnce.link)
        await this.#redis.call('link', domain, [id, ...fitting.slice(at, at + atOnce.link)])
      cursor = next
    } while (cursor !== '0')
    await this.#redis.call('linked', domain, [this.#origin, id])
  }

  async setState(domain: string, workerId: string, state: WorkerState): Promise<void> {
    await this.#redis.call('set_state', domain, [this.#origin, workerId, state])
    this.#domains.stir(domain)
  }

  async dismiss(domain: string, workerId: string, session: string): Promise<void> {
    for (let more: unknown = 1; more === 1; )
      more = await this.#redis.call('leave', domain, [workerId, session, newMark(), atOnce.dismiss])
  }

  async claim(
    domain: string,
    workerId: string,
    session: string,
    free: number,
    signal: AbortSignal,
  ): Promise<readonly Grant[]> {
    return (await this.#ownQueue.claim({ domain, workerId, session }, free, signal)) ?? []
  }

  async takeBack(domain: string, workerId: string, session: string): Promise<readonly Grant[]> {
    const taken: Grant[] = []
    for (let more = true; more; ) {
      const some = texts(await this.#redis.call('take_back', domain, [workerId, session, atOnce.takeBack]))
      taken.push(...some.map(readGrant))
      more = some.length === atOnce.takeBack
    }
    return taken
  }

  async renew(domain: string, workerId: string, session: string, now: Millis): Promise<boolean> {
    return (await this.#redis.call('renew', domain, [workerId, session, now, 'c'])) === 1
  }

  async release(domain: string, workerId: string, ended: readonly Held[]): Promise<void> {
    for (let at = 0; at < ended.length; at += atOnce.release) {
      const pairs = ended.slice(at, at + atOnce.release).flatMap(({ run_id, token }) => [run_id, token])
      await this.#redis.call('release', domain, [this.#origin, workerId, ...pairs])
    }
    this.#domains.stir(domain)
  }

  async heartbeats(): Promise<readonly Heartbeat[]> {
    const found: Heartbeat[] = []
    for (const domain of await this.#domains.all())
      for (let from = 0, more = true; more; from += atOnce.heartbeats) {
        const some = rows(await this.#redis.call('heartbeats', domain, [from, atOnce.heartbeats]), 3)
        for (const [worker_id = '', session = '', beat = ''] of some)
          if (session !== '') found.push({ domain, worker_id, session, heartbeat: millis(beat) })
        more = some.length === atOnce.heartbeats
      }
    return found
  }

  async block(
    domain: string,
    workerId: string,
    session: string,
    heartbeat: Millis | null,
    now: Millis,
  ): Promise<boolean> {
    return (await this.#redis.call('block', domain, [workerId, session, heartbeat ?? '', now])) === 1
  }

  async workers(domain: string | null): Promise<readonly Presence[]> {
    const domains = await this.#domains.these(domain)
    return (await Promise.all(domains.map((one) => this.#workersOf(one)))).flat()
  }

  async #workersOf(domain: string): Promise<readonly Presence[]> {
    const { keys } = this.#redis
    const ids = await this.#redis.ask((client) => client.zrange(keys.heartbeats(domain), '0', '-1'))
    const found = await Promise.all(ids.map((id) => this.#presence(domain, id)))
    return found.filter((presence) => presence !== null)
  }

  async #presence(domain: string, workerId: string): Promise<Presence | null> {
    const running: Taken[] = []
    for (let from = 0; ; from += atOnce.presence) {
      const answer = texts(await this.#redis.call('standing', domain, [workerId, from, atOnce.presence]))
      const [session, state, card, beat, looked, ...slots] = answer
      if (session === undefined || card === undefined || beat === undefined) return null
      running.push(...rows(slots, 3).map(([run_id = '', held = '', slot]) => takenFrom(run_id, held, Number(slot))))
      if (Number(looked) === atOnce.presence) continue
      return { card: readCard(card), session, state: stateOf(state), heartbeat: millis(beat), running }
    }
  }
}

const millis = (seconds: string): Millis => Math.round(Number(seconds) * 1000)

const stateOf = (word: string | undefined): WorkerState =>
  word === 'online' || word === 'draining' ? word : 'disabled'

/** `held` is token|job id|user. */
function takenFrom(run_id: string, held: string, slot: number): Taken {
  const [token, job_id = '', ...user] = held.split('|')
  return { run_id, job_id, token: Number(token), slot, user: user.join('|') }
}
