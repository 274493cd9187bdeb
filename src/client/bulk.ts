import type { JobAct, RunAct } from '../model/bulk.ts'
import type { BulkResult, JobsPreview, RunsPreview } from '../model/wire/bulk.ts'
import { asOnce, type Once } from './once.ts'
import type { QueryValue, Transport } from './transport.ts'

/** What an act is done to: these, or what a filter finds, by the names of the list's query; `{ all: true }` is everything. */
export type Chosen =
  | { readonly ids: readonly string[] }
  | { readonly filter: Readonly<Record<string, Exclude<QueryValue, null>>> }

/** Acts upon many things: first a preview with the exact count, then the act, which needs the preview's confirm. */
export class Bulk<Act extends JobAct | RunAct, Preview extends JobsPreview | RunsPreview> {
  readonly #transport: Transport
  readonly #path: string

  constructor(transport: Transport, path: string) {
    this.#transport = transport
    this.#path = path
  }

  /** How many match, and some of them; nothing is done. */
  preview(action: Act, chosen: Chosen): Promise<Preview> {
    return this.#transport.json({ method: 'POST', path: this.#path, body: { action, ...chosen }, repeatable: true })
  }

  /** Does it to each. @throws ApiError CONFLICT where more match than the preview counted */
  carryOut(action: Act, chosen: Chosen, confirm: string, once: Once = {}): Promise<BulkResult> {
    return this.#transport.json({ path: this.#path, body: { action, ...chosen, confirm }, ...asOnce(once) })
  }
}
