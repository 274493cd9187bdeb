import { z } from 'zod'
import type { Millis } from '../../model/time.ts'
import type { RequestRecord, RequestStore } from '../../ports/store.ts'
import type { Collections, Parts } from './collections.ts'
import { asked } from './gate.ts'
import { Inserts } from './inserts.ts'
import { removeSome } from './removal.ts'
import { reader } from './stored.ts'

const readRecord: (document: unknown) => RequestRecord = reader(
  'record of a request',
  z.object({
    _id: z.string(),
    body_hash: z.string(),
    ids: z.object({ job_id: z.string(), run_id: z.string() }),
    answer: z.object({ status: z.number(), body: z.string() }).nullable(),
    created_at: z.number(),
  }),
)

/** Records of idempotency keys in MongoDB. */
export class MongoRequests implements RequestStore {
  readonly #in: Collections
  readonly #inserts: Inserts

  constructor(parts: Parts) {
    this.#in = parts.in
    this.#inserts = new Inserts(parts.in.requests, parts.told('requests'))
  }

  async begin(record: RequestRecord): Promise<RequestRecord> {
    const [inserted] = await this.#inserts.add([{ ...record, answered: record.answer === null ? 0 : 1 }])
    if (inserted) return record
    const stands = await asked(() => this.#in.requests.findOne({ _id: record._id }))
    return stands === null ? record : readRecord(stands)
  }

  async finish(id: string, answer: { readonly status: number; readonly body: string }): Promise<void> {
    await asked(() => this.#in.requests.updateOne({ _id: id }, { $set: { answer, answered: 1 } }))
  }

  async drop(id: string): Promise<void> {
    await asked(() => this.#in.requests.deleteOne({ _id: id, answer: null }))
  }

  expire(before: Millis, limit: number): Promise<number> {
    return removeSome(this.#in.requests, { created_at: { $lt: before } }, limit, { sort: { created_at: 1 } })
  }
}
