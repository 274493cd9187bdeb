import type { WorkerState } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import type {
  Admission,
  Broker,
  Heartbeat,
  Lapsed,
  Presence,
  Reservation,
  ShownToken,
  Stranger,
  Taken,
  Waiting,
} from '../../ports/broker.ts'
import type { Grant, Held } from '../../ports/link.ts'
import { list, text, texts } from '../../redis/answers.ts'
import { RedisConnection } from '../../redis/connection.ts'
import { OwnQueue } from '../../redis/own-queue.ts'
import { newMark } from '../../runtime/ids.ts'
import type { Log } from '../../runtime/log.ts'
import { Domains } from './domains.ts'
import { KindBook } from './kinds.ts'
import { Queue } from './queue.ts'
import { Seats } from './seats.ts'
import { showTokens } from './shown.ts'
import { strangersIn } from './strangers.ts'

/** A reservation that was neither given nor given up lapses after this. */
const lapseAfter: Millis = 10_000
/** How much one call of lapse does, and how many calls one look makes at most: the rest waits for the next look. */
const lapseAtOnce = 5
const lapseCalls = 50

/** The broker of a fleet: any number of schedulers share it. What is decided is decided by functions in Redis, each atomic. */
export class RedisBroker implements Broker {
  readonly #redis: RedisConnection
  readonly #origin = newMark()
  readonly #domains: Domains
  readonly #ownQueue: OwnQueue
  readonly #queue: Queue
  readonly #seats: Seats
  /** The mark of each domain's keys as it was last seen: another one says that they were lost meanwhile. */
  readonly #marks = new Map<string, string>()
  #isClosed = false

  private constructor(redis: RedisConnection) {
    this.#redis = redis
    this.#domains = new Domains(redis, this.#origin)
    this.#ownQueue = new OwnQueue(redis)
    this.#queue = new Queue(redis, this.#domains, new KindBook(redis), this.#origin)
    this.#seats = new Seats(redis, this.#domains, this.#ownQueue, this.#origin)
  }

  /** @throws with one sentence where Redis is away or cannot be relied on */
  static async open(url: string, log: Log): Promise<RedisBroker> {
    const broker = new RedisBroker(await RedisConnection.open(url, log))
    await broker.#domains.listen()
    return broker
  }

  /** Shared with what else of a scheduler speaks to Redis; it ends with the broker. */
  get connection(): RedisConnection {
    return this.#redis
  }

  enqueue(waiting: readonly Waiting[]): Promise<readonly string[]> {
    return this.#queue.enqueue(waiting)
  }

  withdraw(domain: string, runIds: readonly string[]): Promise<void> {
    return this.#queue.withdraw(domain, runIds)
  }

  unknown(domain: string, runIds: readonly string[]): Promise<readonly string[]> {
    return this.#queue.unknown(domain, runIds)
  }

  reserve(limit: number, now: Millis): Promise<readonly Reservation[]> {
    return this.#queue.reserve(limit, now)
  }

  reserveFor(waiting: Waiting, now: Millis): Promise<Reservation | null> {
    return this.#queue.reserveFor(waiting, now)
  }

  give(given: readonly { readonly reservation: Reservation; readonly grant: Grant }[]): Promise<void> {
    return this.#queue.give(given)
  }

  giveUp(reservations: readonly Reservation[], again: boolean): Promise<void> {
    return this.#queue.giveUp(reservations, again)
  }

  async lapse(now: Millis): Promise<Lapsed> {
    const domains = await this.#domains.all()
    const missing = await Promise.all([...this.#marks].map(([domain, mark]) => this.#isMissing(domains, domain, mark)))
    const looked = await Promise.all(domains.map((domain) => this.#lapseIn(domain, now)))
    const isLost = missing.includes(true) || looked.some((one) => one.isLost)
    if (isLost) this.#domains.stirAll()
    return { freed: looked.reduce((sum, { freed }) => sum + freed, 0), isLost }
  }

  /** A domain that was known and is not any more: removed, or its keys are gone, or only its place among the domains. */
  async #isMissing(domains: readonly string[], domain: string, mark: string): Promise<boolean> {
    if (domains.includes(domain)) return false
    const { keys } = this.#redis
    const found = await this.#redis.ask((client) => client.get(keys.mark(domain)))
    if (found === mark) await this.#domains.note(domain)
    else this.#marks.delete(domain)
    return found !== mark && found !== 'forgotten'
  }

  async #lapseIn(domain: string, now: Millis): Promise<Lapsed> {
    let freed = 0
    let isLost = false
    for (let calls = lapseCalls, more = true; more && calls > 0; calls -= 1) {
      const args = [this.#origin, now - lapseAfter, lapseAtOnce, newMark()]
      const [count, mark, further, unlinked] = list(await this.#redis.call('lapse', domain, args))
      const known = this.#marks.get(domain)
      isLost ||= known !== undefined && known !== text(mark)
      this.#marks.set(domain, text(mark))
      freed += Number(text(count))
      await this.#seats.linkThese(domain, texts(unlinked))
      more = further === '1'
    }
    if (freed > 0) this.#domains.stir(domain)
    return { freed, isLost }
  }

  onWork(told: () => void): () => void {
    return this.#domains.onWork(told)
  }

  admit(admission: Admission, taken: readonly Taken[], now: Millis): Promise<boolean> {
    return this.#seats.admit(admission, taken, now)
  }

  setState(domain: string, workerId: string, state: WorkerState): Promise<void> {
    return this.#seats.setState(domain, workerId, state)
  }

  dismiss(domain: string, workerId: string, session: string): Promise<void> {
    return this.#seats.dismiss(domain, workerId, session)
  }

  claim(
    domain: string,
    workerId: string,
    session: string,
    free: number,
    signal: AbortSignal,
  ): Promise<readonly Grant[]> {
    return this.#seats.claim(domain, workerId, session, free, signal).catch((error: unknown) => {
      if (this.#isClosed) return []
      throw error
    })
  }

  takeBack(domain: string, workerId: string, session: string): Promise<readonly Grant[]> {
    return this.#seats.takeBack(domain, workerId, session)
  }

  renew(domain: string, workerId: string, session: string, now: Millis): Promise<boolean> {
    return this.#seats.renew(domain, workerId, session, now)
  }

  release(domain: string, workerId: string, ended: readonly Held[]): Promise<void> {
    return this.#seats.release(domain, workerId, ended)
  }

  heartbeats(): Promise<readonly Heartbeat[]> {
    return this.#seats.heartbeats()
  }

  block(domain: string, workerId: string, session: string, heartbeat: Millis | null, now: Millis): Promise<boolean> {
    return this.#seats.block(domain, workerId, session, heartbeat, now)
  }

  workers(domain: string | null): Promise<readonly Presence[]> {
    return this.#seats.workers(domain)
  }

  async strangers(domain: string | null): Promise<readonly Stranger[]> {
    const domains = await this.#domains.these(domain)
    return (await Promise.all(domains.map((one) => strangersIn(this.#redis, one)))).flat()
  }

  waiting(domain: string | null, limit: number): Promise<readonly Waiting[]> {
    return this.#queue.waiting(domain, limit)
  }

  depth(domain: string | null): Promise<number> {
    return this.#queue.depth(domain)
  }

  async show(domain: string, tokens: readonly ShownToken[]): Promise<void> {
    await this.#domains.note(domain)
    await showTokens(this.#redis, domain, tokens)
  }

  async forget(domain: string): Promise<void> {
    await showTokens(this.#redis, domain, [])
    if ((await this.#redis.call('forget', domain)) !== 1) return
    this.#marks.delete(domain)
    await this.#domains.forget(domain)
  }

  async check(): Promise<void> {
    await this.#redis.ask((client) => client.ping())
  }

  /** What waits in Redis stays there. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#ownQueue.close()
    this.#redis.close()
  }
}
