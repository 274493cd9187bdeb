import { z } from 'zod'
import { errorOf, HydraError, isRefusal } from '../../model/errors.ts'
import type { WorkerCard } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import { Answer, type Letter } from '../../model/wire/letter.ts'
import { AcksWire, RegisteredWire, RenewalWire } from '../../model/wire/link.ts'
import type { Ack, Aside, Grant, Held, Link, Registered, Renewal, Report } from '../../ports/link.ts'
import { inPieces } from '../../ports/link-wire.ts'
import { rows, text } from '../../redis/answers.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import { OwnQueue } from '../../redis/own-queue.ts'
import { failPoint } from '../../runtime/fail-points.ts'
import { newId, sha256 } from '../../runtime/ids.ts'
import { Heartbeat } from './heartbeat.ts'

/** A letter that was not answered is sent again after this: its reader may have died. */
const sendAgainAfter: Millis = 2500
const answerWithin: Millis = 10_000
/** A heartbeat that Redis took is a renewal, whether a scheduler has something to say or not. */
const renewalAnswerWithin: Millis = 1500
/** Reports travel in letters of about so many characters: none may hold Redis for a millisecond. */
const pieceLength = 512 * 1024

const notAdmitted = (): HydraError => new HydraError('CONFLICT', 'The session is not admitted; register again.')

/** Makes what renews over HTTP where Redis cannot be reached; one that fell on a dead scheduler goes on to the next. */
export type RenewElsewhere = (servers: readonly string[], secret: string) => Pick<Link, 'renew'>

type Without<T, Name extends PropertyKey> = T extends unknown ? Omit<T, Name> : never
type Question = Without<Letter, 'id'>

/** One who waits for an answer. */
interface Asker {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

/** The link of a worker that reaches Redis: it claims and beats there by itself; all else it writes to the schedulers. */
export class RedisLink implements Link {
  readonly #redis: RedisConnection
  readonly #queue: OwnQueue
  readonly #heartbeat: Heartbeat
  readonly #tokenHash: string
  readonly #elsewhere: RenewElsewhere
  readonly #askers = new Map<string, Asker>()
  readonly #cancels = new Set<(held: Held) => void>()
  #place: { readonly domain: string; readonly workerId: string } | null = null
  #secret = ''
  #servers: readonly string[] = []
  /** Kept while the schedulers are the same: it knows which of them answers. */
  #detour: { readonly key: string; readonly link: Pick<Link, 'renew'> } | null = null
  #state: Renewal['state'] = 'online'
  #lastRead = '0-0'
  #reading: Promise<void> | null = null
  #again = false
  #stop: () => void = () => {}

  /** @param token of the worker's domain: only its hash leaves this process */
  constructor(redis: RedisConnection, token: string, elsewhere: RenewElsewhere) {
    this.#redis = redis
    this.#queue = new OwnQueue(redis)
    this.#heartbeat = new Heartbeat(this.#queue)
    this.#tokenHash = sha256(token)
    this.#elsewhere = elsewhere
  }

  async register(card: WorkerCard, secret: string): Promise<Registered> {
    this.#secret = secret
    if (this.#place === null) await this.#listen(card.domain, card.worker_id)
    const registered = await this.#ask(
      {
        kind: 'register',
        card: {
          ...card,
          tags: [...card.tags],
          allowed_users: [...card.allowed_users],
          queues: [...card.queues],
          capabilities: [...card.capabilities],
        },
        secret_hash: sha256(secret),
        token_hash: this.#tokenHash,
      },
      RegisteredWire,
    )
    this.#state = registered.state
    return registered
  }

  async #listen(domain: string, workerId: string): Promise<void> {
    const inbox = this.#redis.keys.inbox(domain, workerId)
    this.#place = { domain, workerId }
    const [newest] = await this.#redis.ask((client) => client.xrevrange(inbox, '+', '-', 'COUNT', 1))
    this.#lastRead = newest?.[0] ?? '0-0'
    this.#stop = await this.#redis.ears.listen(inbox, () => this.#look())
  }

  async claim(session: string, free: number, signal: AbortSignal): Promise<readonly Grant[]> {
    const grants = await this.#queue.claim({ ...this.#here(), session }, free, signal)
    if (grants === null) throw notAdmitted()
    return grants
  }

  async renew(
    session: string,
    held: readonly Held[],
    taken: () => void = () => {},
    aside: Aside = {},
  ): Promise<Renewal> {
    const beat = this.#heartbeat.send({ ...this.#here(), session })
    const isTaken = this.#servers.length === 0 ? await beat : await this.#heartbeat.inTime(beat)
    if (isTaken === false) throw notAdmitted()
    if (isTaken === null) {
      const around = await this.#goAround(() => this.#detourNow().renew(session, held, taken, aside), beat)
      if (around !== null) return around
    }
    // No verdict comes without a TTL of silence in Redis. The answer may take longer than what is left of a short lease.
    taken()
    const asked = this.#ask({ kind: 'renew', session, held: [...held], ...aside }, RenewalWire, renewalAnswerWithin)
    const said = await asked.catch((error: unknown) => {
      // A scheduler that failed at it has refused nothing either.
      if (error instanceof HydraError && !['UNAVAILABLE', 'INTERNAL'].includes(error.code)) throw error
      return null
    })
    this.#state = said?.state ?? this.#state
    return said ?? { state: this.#state, cancel: [], forget: [], again: [], partial: true }
  }

  /** Renews with a scheduler; null where none can, and Redis took the heartbeat after all. */
  async #goAround(renew: () => Promise<Renewal>, beat: Promise<boolean>): Promise<Renewal | null> {
    try {
      return await renew()
    } catch (error) {
      if (isRefusal(error) || !(await beat.catch(() => false))) throw error
      return null
    }
  }

  #detourNow(): Pick<Link, 'renew'> {
    const key = JSON.stringify([this.#secret, ...this.#servers])
    if (this.#detour?.key !== key) this.#detour = { key, link: this.#elsewhere(this.#servers, this.#secret) }
    return this.#detour.link
  }

  async report(session: string, reports: readonly Report[]): Promise<readonly Ack[]> {
    const acks: Ack[] = []
    for (const piece of inPieces(reports, pieceLength))
      acks.push(...(await this.#ask({ kind: 'report', session, reports: piece }, AcksWire)).acks)
    return acks
  }

  onCancel(_session: string, told: (held: Held) => void): () => void {
    this.#cancels.add(told)
    return () => this.#cancels.delete(told)
  }

  async goodbye(session: string): Promise<void> {
    await this.#ask({ kind: 'goodbye', session }, z.unknown())
  }

  close(): void {
    this.#stop()
    this.#queue.close()
    this.#redis.close()
    for (const { reject } of this.#askers.values()) reject(new Error('the link is closed'))
  }

  #here(): { readonly domain: string; readonly workerId: string } {
    if (this.#place === null) throw new Error('the worker has not registered yet')
    return this.#place
  }

  /** Sends a letter until it is answered. @throws UNAVAILABLE when nobody answers; the control plane's refusal */
  async #ask<Schema extends z.ZodType>(
    asked: Question,
    schema: Schema,
    within: Millis = answerWithin,
  ): Promise<z.output<Schema>> {
    const id = newId()
    const letter = JSON.stringify({ id, ...asked })
    const { domain, workerId } = this.#here()
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#askers.set(id, { resolve, reject })
    const send = (): void => {
      this.#redis.call('report', domain, [workerId, letter]).then(() => failPoint('letter.sent'), reject)
    }
    const again = setInterval(send, sendAgainAfter)
    const late = setTimeout(() => {
      reject(new HydraError('UNAVAILABLE', 'No scheduler answers at the moment.'))
    }, within)
    try {
      send()
      return schema.parse(await promise)
    } finally {
      clearInterval(again)
      clearTimeout(late)
      this.#askers.delete(id)
    }
  }

  /** Reads the inbox from where it was read last; a call meanwhile is followed by another look. */
  #look(): void {
    this.#again = true
    this.#reading ??= this.#readAll()
      .catch(() => {})
      .finally(() => {
        this.#reading = null
      })
  }

  async #readAll(): Promise<void> {
    const { domain, workerId } = this.#here()
    const inbox = this.#redis.keys.inbox(domain, workerId)
    while (this.#again) {
      this.#again = false
      const letters = await this.#redis.ask((client) => client.xrange(inbox, `(${this.#lastRead}`, '+', 'COUNT', 64))
      for (const [at, fields] of letters) {
        this.#lastRead = at
        for (const [name, value] of rows(fields, 2)) if (name === 'm') this.#hear(text(value))
      }
      if (letters.length === 64) this.#again = true
    }
  }

  #hear(letter: string): void {
    const read = Answer.safeParse(JSON.parse(letter))
    if (!read.success) return
    const answer = read.data
    if ('cancel' in answer) for (const told of this.#cancels) told(answer.cancel)
    else if ('error' in answer) this.#askers.get(answer.id)?.reject(errorOf(answer.error.code, answer.error.detail))
    else {
      this.#servers = answer.servers
      this.#askers.get(answer.id)?.resolve(answer.ok)
    }
  }
}
