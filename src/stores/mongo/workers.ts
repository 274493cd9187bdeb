import { z } from 'zod'
import { type HostSample, placeOf } from '../../model/host-load.ts'
import { type Session, type WorkerRecord, type WorkerState, workerStates } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import type { Told, WorkerStore } from '../../ports/store.ts'
import { keptSample, samplesIn } from '../host-samples.ts'
import { isDuplicate } from './answers.ts'
import { carry } from './audit-document.ts'
import type { AuditWrites } from './audit-writes.ts'
import { CompareAndSet } from './cas.ts'
import type { Collections, Parts } from './collections.ts'
import { asked } from './gate.ts'
import { Inserts } from './inserts.ts'
import { removeSome } from './removal.ts'
import { reader } from './stored.ts'

const byState = { state: 1, ended_at: 1 } as const
const after = { returnDocument: 'after' } as const

const readRecord: (document: unknown) => WorkerRecord = reader(
  'record of a worker',
  z.object({ domain: z.string(), worker_id: z.string(), state: z.enum(workerStates), updated_at: z.number() }),
)

const readSession: (document: unknown) => Session = reader(
  'session',
  z.object({
    _id: z.string(),
    domain: z.string(),
    worker_id: z.string(),
    os: z.string(),
    tags: z.array(z.string()),
    allowed_users: z.array(z.string()),
    queues: z.array(z.string()),
    hostname: z.string(),
    ip: z.string(),
    subnet: z.string(),
    deployment_type: z.string(),
    capabilities: z.array(z.string()),
    max_concurrency: z.number(),
    kill_level: z.string(),
    run_user: z.string(),
    cpu_count: z.number(),
    python_version: z.string().nullable(),
    cwd: z.string(),
    version: z.string(),
    ttl: z.number().nullable(),
    first_state: z.enum(workerStates),
    secret_hash: z.string(),
    state: z.enum(['live', 'lost', 'ended']),
    hold_until: z.number().nullable(),
    token_hash: z.string().nullable(),
    created_at: z.number(),
    ended_at: z.number().nullable(),
    followed: z.boolean().optional(),
    rev: z.number(),
  }),
)

const readSamples = reader("worker's samples", z.object({ _id: z.string(), places: z.unknown() }))

/** Workers' records and sessions in MongoDB. */
export class MongoWorkers implements WorkerStore {
  readonly #in: Collections
  readonly #sessions: Inserts
  readonly #sets: CompareAndSet
  readonly #audit: AuditWrites

  constructor(parts: Parts, audit: AuditWrites) {
    this.#audit = audit
    this.#in = parts.in
    this.#sessions = new Inserts(parts.in.sessions, parts.told('sessions'))
    this.#sets = new CompareAndSet(parts.in.sessions, parts.told('sessions'))
  }

  record(domain: string, workerId: string, first: WorkerState, now: Millis): Promise<WorkerRecord> {
    const key = { domain, worker_id: workerId }
    const made = { _id: recordId(domain, workerId), state: first, updated_at: now }
    return asked(async () => {
      try {
        const stored = await this.#in.workers.findOneAndUpdate(key, { $setOnInsert: made }, { ...after, upsert: true })
        return readRecord(stored)
      } catch (error) {
        // Of two that find none, one is too late.
        if (!isDuplicate(error)) throw error
        return readRecord(await this.#in.workers.findOne(key))
      }
    })
  }

  async records(domain: string | null): Promise<readonly WorkerRecord[]> {
    const [rules, sort] = [domain === null ? {} : { domain }, { domain: 1, worker_id: 1 } as const]
    return (await asked(() => this.#in.workers.find(rules, { sort }).toArray())).map(readRecord)
  }

  async setState(
    domain: string,
    workerId: string,
    state: WorkerState,
    now: Millis,
    told: Told = null,
  ): Promise<WorkerRecord | null> {
    const update = { $set: { state, updated_at: now }, ...carry(told) }
    const stored = await asked(() => this.#in.workers.findOneAndUpdate({ domain, worker_id: workerId }, update, after))
    if (stored === null) return null
    await this.#audit.list('workers', [[stored._id, told]])
    return readRecord(stored)
  }

  async insertSession(session: Session): Promise<void> {
    await this.#sessions.add([{ ...session }])
  }

  async session(id: string): Promise<Session | null> {
    const stored = await asked(() => this.#in.sessions.findOne({ _id: id }))
    return stored === null ? null : readSession(stored)
  }

  async liveSessions(): Promise<readonly Session[]> {
    return (await asked(() => this.#in.sessions.find({ state: 'live' }, { hint: byState }).toArray())).map(readSession)
  }

  async lostSessions(since: Millis): Promise<readonly Session[]> {
    const [rules, options] = [
      { state: 'lost', ended_at: { $gte: since } },
      { sort: { ended_at: -1 }, hint: byState } as const,
    ]
    return (await asked(() => this.#in.sessions.find(rules, options).toArray())).map(readSession)
  }

  forgetSessions(before: Millis, limit: number): Promise<number> {
    return removeSome(this.#in.sessions, { state: { $in: ['lost', 'ended'] }, ended_at: { $lt: before } }, limit, {
      hint: byState,
    })
  }

  async keepSample(domain: string, workerId: string, sample: HostSample): Promise<void> {
    const [one, place] = [{ _id: recordId(domain, workerId) }, `places.${placeOf(sample.at)}`]
    const set = { $set: { domain, worker_id: workerId, updated_at: sample.at, [place]: keptSample(sample) } }
    await asked(() => this.#in.samples.updateOne(one, set, { upsert: true }))
  }

  async samples(domain: string, workerId: string, now: Millis): Promise<readonly HostSample[]> {
    const stored = await asked(() => this.#in.samples.findOne({ _id: recordId(domain, workerId) }))
    return stored === null ? [] : samplesIn(readSamples(stored).places, now)
  }

  forgetSamples(before: Millis, limit: number): Promise<number> {
    return removeSome(this.#in.samples, { updated_at: { $lt: before } }, limit, { hint: { updated_at: 1 } })
  }

  async changeSession(before: Session, next: Session): Promise<boolean> {
    const { _id, rev, ...set } = next
    const [won = false] = await this.#sets.apply([{ _id, from: before.rev, to: rev, set }])
    return won
  }
}

const recordId = (domain: string, workerId: string): string => `${domain}:${workerId}`
