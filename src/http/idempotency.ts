import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { HydraError, isRefusal } from '../model/errors.ts'
import { QueuedDocument } from '../model/wire/job.ts'
import { newId, sha256 } from '../runtime/ids.ts'
import type { Plane } from './api.ts'
import { callerOf } from './auth.ts'

/** The ids that a request makes, where a repeat must make the same; null without a key. */
export type MadeIds = { readonly job_id: string; readonly run_id: string } | null

/** A POST that creates something. */
export interface Creation<Told, Made extends Told> {
  /** Where it is made. */
  readonly domain: string
  /** 201, where it is no other. */
  readonly status?: number
  make(ids: MadeIds): Promise<Made>
  /** Reads of a stored answer what its headers tell. */
  readonly told: z.ZodType<Told>
  /** Location, and what else goes with the answer; the same at each repeat. */
  headers(told: Told): Readonly<Record<string, string>>
}

/** How the start of a run is told. */
export const queued = {
  told: QueuedDocument,
  headers: ({ run_id }: QueuedDocument) => ({ location: `/runs/${run_id}` }),
}

const longestKey = 255
/** A record that another scheduler made so lately, and that has no answer, is under way there; later it was cut off, perhaps. ms */
const underWayFor = 2000
/** No request takes so long: whoever made an older record is not at it any more. ms */
const longestRequest = 60_000

/** Makes POSTs repeatable: a repeat under the same Idempotency-Key finishes or finds what the first one began. */
export class Idempotency {
  readonly #plane: Plane
  /** What is under way in this process. */
  readonly #underWay = new Set<string>()

  constructor(plane: Plane) {
    this.#plane = plane
  }

  /**
   * Answers with what is made; with a key, it is made at most once.
   * @throws INVALID for an unusable key, IN_PROGRESS while the first is under way, KEY_REUSED for another body
   */
  async answer<Told, Made extends Told>(
    request: FastifyRequest,
    reply: FastifyReply,
    creation: Creation<Told, Made>,
  ): Promise<FastifyReply> {
    const key = keyOf(request)
    if (key === null) return answer(reply, creation, await creation.make(null))
    const id = recordId(request, creation.domain, key)
    if (this.#underWay.has(id)) throw inProgress()
    this.#underWay.add(id)
    try {
      return await this.#once(request, reply, id, creation)
    } finally {
      this.#underWay.delete(id)
    }
  }

  async #once<Told, Made extends Told>(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    creation: Creation<Told, Made>,
  ): Promise<FastifyReply> {
    const { store, clock, hub } = this.#plane
    const body_hash = createHash('sha256')
      .update(request.rawBody ?? '')
      .digest('hex')
    const ids = { job_id: newId(), run_id: newId() }
    const now = clock.now()
    // Written before anything is made: after a crash the repeat makes the same ids, which are passed over where they are there.
    const stands = await store.requests.begin({ _id: id, body_hash, ids, answer: null, created_at: now })
    if (stands.body_hash !== body_hash)
      throw new HydraError('KEY_REUSED', 'This Idempotency-Key was used with another body.')
    if (stands.answer) {
      const { status, body } = stands.answer
      return send(reply.headers(creation.headers(creation.told.parse(JSON.parse(body)))), status, body)
    }
    const age = now - stands.created_at
    // Nobody else makes these ids.
    const isAnothers = hub.isShared && stands.ids.run_id !== ids.run_id
    if (isAnothers && age < underWayFor) throw inProgress()
    const made = await this.#made(id, isAnothers && age < longestRequest, () => creation.make(stands.ids))
    await store.requests.finish(id, { status: creation.status ?? 201, body: JSON.stringify(made) })
    return answer(reply, creation, made)
  }

  /**
   * What was refused made nothing and leaves no trace: the key is free for the mended request.
   * @param isKept another scheduler may be at it still, and is not to lose its record
   */
  async #made<Made>(id: string, isKept: boolean, make: () => Promise<Made>): Promise<Made> {
    try {
      return await make()
    } catch (error) {
      if (isRefusal(error) && !isKept) await this.#plane.store.requests.drop(id)
      throw error
    }
  }
}

const inProgress = () => new HydraError('IN_PROGRESS', 'A request with this Idempotency-Key is under way.')

const answer = <Told, Made extends Told>(
  reply: FastifyReply,
  { headers, status = 201 }: Creation<Told, Made>,
  made: Made,
) => send(reply.headers(headers(made)), status, JSON.stringify(made))

function keyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key']
  if (key === undefined || key === '') return null
  if (typeof key === 'string' && key.length <= longestKey && /^[\x20-\x7e]+$/.test(key)) return key
  const fault = { path: 'Idempotency-Key', message: `must have at most ${longestKey} printable characters` }
  throw new HydraError('INVALID', `${fault.path}: ${fault.message}`, { faults: [fault] })
}

/** Per domain, token and route; the route with its id, so that one key for two jobs is two requests. */
function recordId(request: FastifyRequest, domain: string, key: string): string {
  const [path = ''] = request.url.split('?')
  return sha256(JSON.stringify([domain, callerOf(request).key, request.method, path.replace(/\/+$/, ''), key]))
}

const send = (reply: FastifyReply, status: number, body: string): FastifyReply =>
  reply.code(status).type('application/json; charset=utf-8').send(body)
