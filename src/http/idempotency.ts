import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { HydraError } from '../model/errors.ts'
import { newId, sha256 } from '../runtime/ids.ts'
import type { Plane } from './api.ts'
import { callerOf } from './auth.ts'

/** The ids that a request makes, where a repeat must make the same; null without a key. */
export type MadeIds = { readonly job_id: string; readonly run_id: string } | null

export interface Answer {
  readonly status: number
  readonly body: unknown
}

const longestKey = 255

/** Makes POSTs repeatable: a repeat under the same Idempotency-Key finishes or finds what the first one began. */
export class Idempotency {
  readonly #plane: Plane
  /** What is under way in this process. */
  readonly #underWay = new Set<string>()

  constructor(plane: Plane) {
    this.#plane = plane
  }

  /**
   * Answers with what `make` makes; with a key, at most once. @param domain where it is made
   * @throws INVALID for an unusable key, IN_PROGRESS while the first is under way, KEY_REUSED for another body
   */
  async answer(
    request: FastifyRequest,
    reply: FastifyReply,
    domain: string,
    make: (ids: MadeIds) => Promise<Answer>,
  ): Promise<FastifyReply> {
    const key = keyOf(request)
    if (key === null) {
      const { status, body } = await make(null)
      return send(reply, status, JSON.stringify(body))
    }
    const id = recordId(request, domain, key)
    if (this.#underWay.has(id)) throw new HydraError('IN_PROGRESS', 'A request with this Idempotency-Key is under way.')
    this.#underWay.add(id)
    try {
      return await this.#once(request, reply, id, make)
    } finally {
      this.#underWay.delete(id)
    }
  }

  async #once(
    request: FastifyRequest,
    reply: FastifyReply,
    id: string,
    make: (ids: MadeIds) => Promise<Answer>,
  ): Promise<FastifyReply> {
    const { store, clock } = this.#plane
    const body_hash = createHash('sha256')
      .update(request.rawBody ?? '')
      .digest('hex')
    const ids = { job_id: newId(), run_id: newId() }
    // Written before anything is made: after a crash the repeat makes the same ids, which are passed over where they are there.
    const stands = await store.requests.begin({ _id: id, body_hash, ids, answer: null, created_at: clock.now() })
    if (stands.body_hash !== body_hash)
      throw new HydraError('KEY_REUSED', 'This Idempotency-Key was used with another body.')
    if (stands.answer) return send(reply, stands.answer.status, stands.answer.body)
    const made = await make(stands.ids)
    const answer = { status: made.status, body: JSON.stringify(made.body) }
    await store.requests.finish(id, answer)
    return send(reply, answer.status, answer.body)
  }
}

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
