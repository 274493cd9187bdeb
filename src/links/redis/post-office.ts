import { HydraError } from '../../model/errors.ts'
import type { Millis } from '../../model/time.ts'
import { type Answer, Letter, LetterId } from '../../model/wire/letter.ts'
import type { RemoteDesk, Visitor } from '../../ports/desk.ts'
import type { Held } from '../../ports/link.ts'
import { reportFrom } from '../../ports/link-wire.ts'
import { rows } from '../../redis/answers.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import { readReports } from '../../redis/keys.ts'
import { failPoint } from '../../runtime/fail-points.ts'
import type { Log } from '../../runtime/log.ts'

/** Letters that one look takes: the rest is another scheduler's, or the next look's. */
const atOnce = 4
/** How often a scheduler says where it can be reached, and looks for others: a worker is to know a new one within moments. */
const announceEvery: Millis = 2000
/** One that is silent for longer is left out. */
const reachableFor: Millis = 60_000

export interface PostOfficeParts {
  readonly redis: RedisConnection
  readonly desk: RemoteDesk
  /** Where this scheduler can be reached over HTTP. */
  readonly address: string
  readonly log: Log
}

/**
 * The schedulers' side of the Redis link: reads the letters of workers and answers them. Any number of schedulers do. The
 * domain and the worker are those of the key that a letter lay under, never those that it names.
 */
export class PostOffice {
  readonly #parts: PostOfficeParts
  /** Those whose letters are being read: a worker's letters are taken in their order. */
  readonly #reading = new Map<string, { again: boolean }>()
  #stopListening: () => void = () => {}
  #timer: NodeJS.Timeout | null = null
  #servers: readonly string[] = []

  constructor(parts: PostOfficeParts) {
    this.#parts = parts
  }

  async open(): Promise<void> {
    const { redis } = this.#parts
    await this.#announce()
    this.#timer = setInterval(() => void this.#announce(), announceEvery).unref()
    this.#stopListening = await redis.ears.listen(redis.keys.reports, (message) => {
      const from = message === null ? null : readReports(message)
      if (from) this.#read(from.domain, from.workerId)
    })
  }

  close(): void {
    this.#stopListening()
    if (this.#timer) clearInterval(this.#timer)
    const { redis, address } = this.#parts
    redis.ask((client) => client.hdel(redis.keys.schedulers, address)).catch(() => {})
  }

  /** Tells a worker at once that a run is to be cancelled; its next renewal says it again. */
  cancel(domain: string, workerId: string, { run_id, token }: Held): void {
    this.#send(domain, workerId, { cancel: { run_id, token } }).catch(() => {})
  }

  async #announce(): Promise<void> {
    const { redis, address } = this.#parts
    const { schedulers } = redis.keys
    const now = Date.now()
    try {
      await redis.ask((client) => client.hset(schedulers, address, Math.floor(now / 1000)))
      const all = Object.entries(await redis.ask((client) => client.hgetall(schedulers)))
      const isThere = ([, at]: [string, string]): boolean => now - Number(at) * 1000 < reachableFor
      this.#servers = [address, ...all.filter(isThere).flatMap(([one]) => (one === address ? [] : [one]))]
    } catch {
      // Redis is away: what is known stays.
    }
  }

  #read(domain: string, workerId: string): void {
    const key = `${domain} ${workerId}`
    const reading = this.#reading.get(key)
    if (reading) {
      reading.again = true
      return
    }
    const state = { again: false }
    this.#reading.set(key, state)
    this.#readAll(domain, workerId, state)
      .catch((error: unknown) => this.#parts.log.warn('letters of a worker could not be read', { workerId, error }))
      .finally(() => this.#reading.delete(key))
  }

  async #readAll(domain: string, workerId: string, state: { again: boolean }): Promise<void> {
    const { redis } = this.#parts
    for (let more = true; more; ) {
      state.again = false
      const taken = await redis.call('take_reports', domain, [workerId, atOnce])
      const now = performance.now()
      const letters = rows(taken, 2).map(([age, letter = '']) => ({ sentAt: now - Number(age), letter }))
      if (letters.length > 0) failPoint('post.taken')
      for (const { sentAt, letter } of letters) {
        const answer = await this.#answer(domain, workerId, letter, sentAt)
        failPoint('post.acted')
        if (answer) await this.#send(domain, workerId, answer)
      }
      more = letters.length === atOnce || state.again
    }
  }

  /** @param sentAt by this process's monotonic clock, ms */
  async #answer(domain: string, workerId: string, written: string, sentAt: number): Promise<Answer | null> {
    const json = parsed(written)
    const asked = LetterId.safeParse(json)
    if (!asked.success) return null
    const { id } = asked.data
    const read = Letter.safeParse(json)
    if (!read.success) {
      const [fault] = read.error.issues
      return { id, error: { code: 'INVALID', detail: `${fault?.path.join('.')}: ${fault?.message}` } }
    }
    try {
      return { id, ok: (await this.#act(domain, workerId, read.data, sentAt)) ?? null, servers: [...this.#servers] }
    } catch (error) {
      if (error instanceof HydraError) return { id, error: { code: error.code, detail: error.message } }
      this.#parts.log.error('a letter of a worker could not be answered', { domain, workerId, error })
      return { id, error: { code: 'INTERNAL', detail: 'The scheduler failed at this; its log says why.' } }
    }
  }

  async #act(domain: string, workerId: string, letter: Letter, sentAt: number): Promise<unknown> {
    const { desk } = this.#parts
    const visitor: Visitor = { domain, workerId, tokenHash: letter.kind === 'register' ? letter.token_hash : '' }
    if (letter.kind === 'register') return desk.register(visitor, letter.card, letter.secret_hash)
    const proof = { session: letter.session, secret: null }
    if (letter.kind === 'renew') return desk.renew(visitor, proof, letter.held, sentAt, letter)
    if (letter.kind === 'goodbye') return desk.goodbye(visitor, proof)
    return { acks: await desk.report(visitor, proof, letter.reports.map(reportFrom)) }
  }

  async #send(domain: string, workerId: string, letter: Answer): Promise<void> {
    await this.#parts.redis.call('answer', domain, [workerId, JSON.stringify(letter)])
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
