import type { Document, Filter } from 'mongodb'
import { defaultTokenName } from '../../model/domain.ts'
import { JobDefinition } from '../../model/job.ts'
import { newJob } from '../../model/job-plan.ts'
import type { Millis } from '../../model/time.ts'
import { newId, newMark } from '../../runtime/ids.ts'
import type { CollectionName, Parts } from './collections.ts'
import { asked } from './gate.ts'
import { Inserts } from './inserts.ts'
import { jobDocument, presentVersion, readJob } from './job-document.ts'
import type { MongoLogs } from './logs.ts'
import { headId, runDocument, splitOutput } from './run-document.ts'
import { liftedJob } from './seed-jobs.ts'
import { type JobOfRun, type LiftedRun, liftedRun } from './seed-runs.ts'
import { idOf, madeAt, momentIn, orderAt, textOf } from './seed-values.ts'
import type { Settlement } from './settlement.ts'
import type { Stored } from './stored.ts'

/** Documents that are lifted in one go. */
const atOnce = 100

interface LiftParts extends Parts {
  readonly logs: Pick<MongoLogs, 'append'>
  readonly settlement: Pick<Settlement, 'settle'>
  /** Hears, in a sentence each, what could not be taken over whole. */
  readonly warn: (sentence: string) => void
}

/** A document of the seed's system, and the one that takes its place. */
interface Lifted {
  readonly old: Document
  readonly document: Stored
}

/**
 * Makes documents that the seed's system wrote into ours, once, before there are indexes. Each is read by fields, and what is
 * missing takes its default. The new one is inserted before the old one is removed; where both have one id it takes its place. A
 * crash anywhere leaves what the next start goes on with. What cannot be read is kept aside in the collection `unreadable`.
 */
export class SeedLift {
  readonly #parts: LiftParts

  constructor(parts: LiftParts) {
    this.#parts = parts
  }

  async all(now: Millis): Promise<void> {
    await this.#walk('domains', { removed_at: { $exists: false } }, (some) => this.#domains(some, now))
    await this.#walk('jobs', { rev: { $exists: false } }, (some) => this.#jobs(some, now))
    await this.#walk('runs', { rev: { $exists: false } }, (some) => this.#runs(some, now))
  }

  async #walk(name: CollectionName, rules: Filter<Stored>, lift: (some: readonly Document[]) => Promise<void>) {
    let some: Document[] = []
    for await (const document of this.#parts.in[name].find(rules, { batchSize: atOnce })) {
      some.push(document)
      if (some.length < atOnce) continue
      await lift(some)
      some = []
    }
    if (some.length > 0) await lift(some)
  }

  /** Its token's hash lies in the domain there; here it is the hash of the token named default. */
  async #domains(some: readonly Document[], now: Millis): Promise<void> {
    const tokens = new Inserts(this.#parts.in.tokens, this.#parts.told('tokens'))
    for (const old of some) {
      const domain = textOf(old.domain)
      if (domain === null) {
        await this.#putAside('domains', old, 'it has no name')
        continue
      }
      const created_at = momentIn(old.created_at) ?? madeAt(old._id) ?? now
      const hash = textOf(old.token_hash)
      if (hash !== null && !/^[0-9a-f]{64}$/i.test(hash))
        this.#parts.warn(`The token of the domain ${domain} is not stored as SHA-256 in hex: make it a new one.`)
      else if (hash !== null)
        await tokens.add([
          {
            ...{ _id: newId(), name: defaultTokenName, domain, role: 'domain', hash: hash.toLowerCase(), created_at },
            ...{ expires_at: null, last_used_at: null },
          },
        ])
      const [display_name, description] = [textOf(old.display_name), textOf(old.description)]
      const document = { _id: domain, domain, display_name, description, created_at, removed_at: null }
      await this.#replace('domains', { removed_at: { $exists: false } }, [{ old, document }])
    }
  }

  async #jobs(some: readonly Document[], now: Millis): Promise<void> {
    const lifted: Lifted[] = []
    const names: Stored[] = []
    for (const old of some) {
      const found = liftedJob(old, now)
      if (found === null) {
        await this.#putAside('jobs', old, 'it has no name, or nothing that can be executed')
        continue
      }
      const { job, version, dropped } = found
      if (dropped.length > 0)
        this.#parts.warn(`Of the job ${job._id} (${job.name}) these fields could not be used: ${dropped.join(', ')}.`)
      const document = { ...jobDocument(job, version, null), order: orderAt(job._id, job.created_at) }
      lifted.push({ old, document })
      const text = job.name.toLowerCase()
      names.push({ _id: `${job._id}:${text}`, job_id: job._id, domain: job.domain, text })
    }
    await new Inserts(this.#parts.in.jobNames, this.#parts.told('jobNames')).add(names)
    await this.#replace('jobs', { rev: { $exists: false } }, lifted)
  }

  async #runs(some: readonly Document[], now: Millis): Promise<void> {
    const jobs = await this.#jobsOf(some, now)
    const lifted: (Lifted & { readonly from: LiftedRun })[] = []
    for (const old of some) {
      const from = liftedRun(old, jobs.get(idOf(old.job_id) ?? '') ?? standIn(now), now)
      if (from === null) await this.#putAside('runs', old, 'it does not say whose run it is')
      else lifted.push({ old, from, document: await this.#runDocument(from) })
    }
    await this.#parts.logs.append(lifted.flatMap(({ from }) => from.chunks))
    await this.#replace('runs', { rev: { $exists: false } }, lifted)
    await this.#parts.settlement.settle(lifted.map(({ from }) => from.run))
  }

  async #runDocument({ run, output }: LiftedRun): Promise<Stored> {
    const { tails, head } = splitOutput(output)
    const id = head === null ? null : headId(run._id, run.rev, newMark())
    const heads = new Inserts(this.#parts.in.outputs, this.#parts.told('outputs'))
    if (id !== null) await heads.add([{ _id: id, run_id: run._id, ...head }])
    return { ...runDocument(run), ...tails, head: id, order: orderAt(run._id, run.created_at) }
  }

  /** The jobs of runs, which are lifted already; those that are gone are not among them. */
  async #jobsOf(runs: readonly Document[], _now: Millis): Promise<ReadonlyMap<string, JobOfRun>> {
    const ids = [...new Set(runs.flatMap((run) => idOf(run.job_id) ?? []))]
    const found = await asked(() => this.#parts.in.jobs.find({ _id: { $in: ids }, rev: { $gte: 1 } }).toArray())
    return new Map(found.map((job) => [job._id, { job: readJob(job), version: presentVersion(job) }]))
  }

  /** Puts new documents in the places of old ones. @param rules what an old one is known by */
  async #replace(name: CollectionName, rules: Filter<Stored>, lifted: readonly Lifted[]): Promise<void> {
    const documents = this.#parts.in[name]
    const same = lifted.filter(({ old, document }) => old._id === document._id)
    for (const { document } of same) await asked(() => documents.replaceOne({ ...rules, _id: document._id }, document))
    const others = lifted.filter(({ old, document }) => old._id !== document._id)
    if (others.length === 0) return
    await new Inserts(documents, this.#parts.told(name)).add(others.map(({ document }) => document))
    const ids = others.map(({ document }) => document._id)
    const there = await asked(() => documents.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray())
    const safe = new Set(there.map(({ _id }) => _id))
    const gone = others.filter(({ document }) => safe.has(document._id)).map(({ old }) => old._id)
    await asked(() => documents.deleteMany({ _id: { $in: gone } }))
  }

  async #putAside(name: CollectionName, old: Document, why: string): Promise<void> {
    const id = `${name}:${idOf(old._id) ?? newMark()}`
    const aside = new Inserts(this.#parts.in.unreadable, this.#parts.told('unreadable'))
    await aside.add([{ _id: id, why, document: old }])
    await asked(() => this.#parts.in[name].deleteOne({ _id: old._id }))
    this.#parts.warn(`A document of ${name} (${id}) cannot be read: ${why}. It is kept in the collection unreadable.`)
  }
}

/** For runs whose job is gone. */
function standIn(now: Millis): JobOfRun {
  const definition = JobDefinition.parse({ name: 'a job that is gone', executor: { type: 'shell', script: ':' } })
  return newJob('', { home: 'prod', actor: '' }, definition, now)
}
