import type { WorkerState } from '../model/session.ts'
import type { WorkerDocument, WorkerLoadDocument, WorkerStateDocument } from '../model/wire/worker.ts'
import { entries, type PageQuery } from './pages.ts'
import { segment, type Transport } from './transport.ts'

/** The workers of the token's domain. */
export class Workers {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  list(query?: PageQuery, signal?: AbortSignal): AsyncGenerator<WorkerDocument, void> {
    return entries(this.#transport, { path: '/workers/', query, signal })
  }

  /** How busy its machine was over the last hour. @param domain for an admin who sees several: the worker's */
  load(id: string, domain?: string, signal?: AbortSignal): Promise<WorkerLoadDocument> {
    const query = domain === undefined ? {} : { domain }
    return this.#transport.json({ path: `/workers/${segment(id)}/load`, query, signal })
  }

  /** Whether it takes new work; what it runs goes on. @param domain for an admin who sees several: the worker's */
  setState(id: string, state: WorkerState, domain?: string): Promise<WorkerStateDocument> {
    return this.#transport.json({
      method: 'POST',
      path: `/workers/${segment(id)}/state`,
      ...(domain !== undefined && { query: { domain } }),
      body: { state },
      repeatable: true,
    })
  }
}
