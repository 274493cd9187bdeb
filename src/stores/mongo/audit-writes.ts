import type { Document, Filter } from 'mongodb'
import { z } from 'zod'
import type { AuditEntry } from '../../model/audit.ts'
import { storedEntry } from '../audit-entry.ts'
import type { CollectionName, Collections, Parts } from './collections.ts'
import { asked } from './gate.ts'
import { Gathered } from './gathered.ts'
import { Inserts } from './inserts.ts'
import { type Documents, reader, type Stored } from './stored.ts'

const readRiders = reader('document', z.object({ _id: z.string(), audit: z.array(z.looseObject({ _id: z.string() })) }))

/** The collections whose documents entries ride in. */
const carriers = ['jobs', 'runs', 'domains', 'tokens', 'workers'] as const satisfies readonly CollectionName[]
type Carrier = (typeof carriers)[number]
type Rider = readonly [documentId: string, entry: Stored]

/**
 * Entries of the audit, on their way. An entry gets into the document that it tells of by the write that is the change; from
 * there it is listed, which is waited for, and then taken out again.
 */
export class AuditWrites {
  readonly #in: Collections
  readonly #entries: Inserts
  readonly #background: Parts['background']
  readonly #takenOut: Readonly<Record<Carrier, Gathered<Rider, null>>>

  constructor(parts: Parts) {
    this.#in = parts.in
    this.#entries = new Inserts(parts.in.audit, parts.told('audit'))
    this.#background = parts.background
    const takesOut = (carrier: Carrier) =>
      new Gathered<Rider, null>(async (riders) => {
        await takeOut(parts.in[carrier], riders)
        return riders.map(() => null)
      }, parts.told(carrier))
    this.#takenOut = {
      jobs: takesOut('jobs'),
      runs: takesOut('runs'),
      domains: takesOut('domains'),
      tokens: takesOut('tokens'),
      workers: takesOut('workers'),
    }
  }

  /** Lists entries that got into documents. */
  async list(
    carrier: Carrier,
    told: readonly (readonly [documentId: string, entry: AuditEntry | null])[],
  ): Promise<void> {
    const entries = told.flatMap(([id, entry]) => (entry === null ? [] : [[id, storedEntry(entry)] as const]))
    if (entries.length === 0) return
    await this.#entries.add(entries.map(([, entry]) => entry))
    this.#background(() => this.#takenOut[carrier].add(entries))
  }

  /** Lists an entry that has no document to ride in. */
  async listAlone(entry: AuditEntry | null): Promise<void> {
    if (entry !== null) await this.#entries.add([storedEntry(entry)])
  }

  async unlist(entry: AuditEntry | null): Promise<void> {
    if (entry !== null) await asked(() => this.#in.audit.deleteOne({ _id: entry._id }))
  }

  /** Lists what rides in documents that are about to be deleted. */
  async listRidersOf(documents: readonly Stored[]): Promise<void> {
    const carriers = documents.filter(({ audit }) => Array.isArray(audit))
    await this.#entries.add(carriers.flatMap((document) => readRiders(document).audit))
  }

  /** As `listRidersOf`, of all that a rule is about to delete. @param hint the index that finds them */
  async listRidersIn(carrier: Carrier, rules: Filter<Stored>, hint: Readonly<Record<string, 1>>): Promise<void> {
    const options = { projection: { audit: 1 }, hint: { ...hint } }
    await this.listRidersOf(await asked(() => this.#in[carrier].find(rules, options).toArray()))
  }

  /** Lists entries that a crash left in their documents; how many of them were not listed. */
  async settle(limit: number): Promise<number> {
    let count = 0
    for (const carrier of carriers) {
      const options = { projection: { audit: 1 }, limit, hint: { 'audit._id': 1 } } as const
      const found = await asked(() => this.#in[carrier].find({ 'audit._id': { $gt: '' } }, options).toArray())
      const riders = found.map(readRiders).flatMap(({ _id, audit }) => audit.map((entry) => [_id, entry] as const))
      const listed = await this.#entries.add(riders.map(([, entry]) => entry))
      count += listed.filter((one) => one).length
      await takeOut(this.#in[carrier], riders)
    }
    return count
  }
}

async function takeOut(documents: Documents, riders: readonly Rider[]): Promise<void> {
  if (riders.length === 0) return
  const operations = riders.map(([_id, entry]) => {
    const update: Document = { $pull: { audit: entry } }
    return { updateOne: { filter: { _id }, update } }
  })
  await asked(() => documents.bulkWrite(operations, { ordered: false }))
}
