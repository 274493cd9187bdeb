import type { AnyBulkWriteOperation, Filter } from 'mongodb'
import type { Job, JobVersion } from '../../model/job.ts'
import type { Run } from '../../model/run.ts'
import type { Skip } from '../../model/skip.ts'
import type { Told } from '../../ports/store.ts'
import { failPoint } from '../../runtime/fail-points.ts'
import { duplicatesIn } from './answers.ts'
import { carrying } from './audit-document.ts'
import type { AuditWrites } from './audit-writes.ts'
import { CompareAndSet } from './cas.ts'
import type { Collections, Parts } from './collections.ts'
import { FirstRuns } from './first-runs.ts'
import { asked } from './gate.ts'
import { Gathered } from './gathered.ts'
import { Inserts } from './inserts.ts'
import { jobChanges, jobDocument, presentVersion, versionDocument } from './job-document.ts'
import type { RunWrites } from './run-writes.ts'
import type { Documents, Fields, Stored } from './stored.ts'

interface JobChange {
  readonly before: Job
  readonly after: Job
  readonly version: JobVersion | null
  readonly told?: Told
}

export type Inserted = 'inserted' | 'overtaken' | 'present' | 'key_taken'

/** Writes jobs, their versions, the names that they had, and the ledger of ticks. */
export class JobWrites {
  readonly #in: Collections
  readonly #runs: RunWrites
  readonly #audit: AuditWrites
  readonly #inserts: Inserts
  readonly #versions: Inserts
  readonly #names: Inserts
  readonly #sets: CompareAndSet
  readonly #firsts: FirstRuns
  readonly #clearFirst: Gathered<string, null>
  readonly #background: Parts['background']

  constructor(parts: Parts, runs: RunWrites, audit: AuditWrites) {
    this.#in = parts.in
    this.#runs = runs
    this.#audit = audit
    this.#inserts = new Inserts(parts.in.jobs, parts.told('jobs'))
    this.#versions = new Inserts(parts.in.versions, parts.told('versions'))
    this.#names = new Inserts(parts.in.jobNames, parts.told('jobNames'))
    this.#sets = new CompareAndSet(parts.in.jobs, parts.told('jobs'))
    this.#firsts = new FirstRuns(parts.in)
    this.#clearFirst = new Gathered((ids) => clearFirst(parts.in.jobs, ids), parts.told('jobs'))
    this.#background = parts.background
  }

  /**
   * Inserts the job with its first run inside, then the run, then strikes that off the job: a crash in between leaves a job
   * that `finishFirst` finds. See `first-runs.ts`.
   */
  async insert(job: Job, version: JobVersion, firstRun: Run | null, told: Told): Promise<Inserted> {
    const [[inserted]] = await Promise.all([
      this.#inserts.add([{ ...jobDocument(job, version, firstRun), ...carrying(told) }]),
      this.#keepNames([job]),
    ])
    if (!inserted) {
      const there = await asked(() => this.#in.jobs.findOne({ _id: job._id }, { projection: { _id: 1 } }))
      return there === null ? 'key_taken' : 'present'
    }
    failPoint('mongo.job-inserted')
    // Neither rests on the other: the run is on its way to a worker a write sooner.
    const [isOurs] = await Promise.all([
      this.#insertFirst(job._id, firstRun),
      this.#audit.list('jobs', [[job._id, told]]),
    ])
    return isOurs ? 'inserted' : 'overtaken'
  }

  /** false: others took it for left behind and inserted it. */
  async #insertFirst(jobId: string, firstRun: Run | null): Promise<boolean> {
    if (firstRun === null) return true
    const [inserted = false] = await this.#runs.insert([firstRun])
    failPoint('mongo.run-inserted')
    this.#background(() => this.#clearFirst.add([jobId]))
    return inserted
  }

  /** Compare-and-set on `before.rev`. The version that is replaced is stored first: it is the same, whoever stores it. */
  async replace(before: Job, after: Job, version: JobVersion | null, told: Told): Promise<boolean> {
    if (version !== null) {
      const stored = await asked(() => this.#in.jobs.findOne({ _id: before._id, rev: before.rev }))
      if (stored === null) return false
      await this.#versions.add([versionDocument(presentVersion(stored))])
      failPoint('mongo.version-stored')
    }
    if (after.name !== before.name) await this.#keepNames([after])
    const [won = false] = await this.change([{ before, after, version, told }])
    if (won) await this.#audit.list('jobs', [[after._id, told]])
    return won
  }

  /** Whether each won. */
  change(changes: readonly JobChange[]): Promise<readonly boolean[]> {
    return this.#sets.apply(
      changes.map(({ before, after, version, told = null }) => {
        return { _id: after._id, from: before.rev, to: after.rev, set: jobChanges(before, after, version), told }
      }),
    )
  }

  /** Inserts first runs that a crash left out. What is done is passed over. */
  async finishFirst(documents: readonly Stored[]): Promise<void> {
    const runs = await this.#firsts.rescue(documents)
    if (runs.length === 0) return
    await this.#runs.insert(runs)
    await this.#clearFirst.add(runs.map(({ job_id }) => job_id))
  }

  /** A row of the ledger only ever grows: a late repeat does not take back what a later tick added. */
  async putSkips(skips: readonly Skip[]): Promise<void> {
    await bulk(
      this.#in.skips,
      skips.map(({ _id, ...fields }) => {
        return { updateOne: { filter: { _id, to: { $lt: fields.to } }, update: { $set: fields }, upsert: true } }
      }),
    )
  }

  /** Strikes off ticks that were decided, also where the job was edited since; another tick's `due` stays. */
  async clearDue(jobs: readonly Job[]): Promise<void> {
    const operations = jobs.flatMap(({ _id, due }): AnyBulkWriteOperation<Stored>[] => {
      if (due === null) return []
      const [filter, $inc] = [{ _id, 'due.tick': due.tick }, { rev: 1 }]
      const strike = (where: Filter<Stored>, open: Fields): AnyBulkWriteOperation<Stored> => ({
        updateOne: { filter: { ...filter, ...where }, update: { $set: { due: null, ...open }, $inc } },
      })
      return [strike({ first: null, ...noEffects }, { open: 0 }), strike({ first: null }, { open: 2 }), strike({}, {})]
    })
    await bulk(this.#in.jobs, operations)
  }

  /** Jobs that count as having a tick to be finished, and have none. */
  async close(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const done = { _id: { $in: ids }, due: null, first: null }
    await asked(() => this.#in.jobs.updateMany({ ...done, ...noEffects }, { $set: { open: 0 } }))
    await asked(() => this.#in.jobs.updateMany({ ...done, ...someEffects, open: 1 }, { $set: { open: 2 } }))
  }

  /** Every name that a job had: its runs keep the one that it had then. */
  async #keepNames(jobs: readonly Job[]): Promise<void> {
    await this.#names.add(
      jobs.map(({ _id: job_id, domain, name }) => {
        const text = name.toLowerCase()
        return { _id: `${job_id}:${text}`, job_id, domain, text }
      }),
    )
  }
}

const noEffects = { 'effects.0': { $exists: false } }
const someEffects = { 'effects.0': { $exists: true } }

/** A due tick or effects keep the job open. */
async function clearFirst(documents: Documents, ids: readonly string[]): Promise<readonly null[]> {
  await bulk(
    documents,
    ids.flatMap((_id): AnyBulkWriteOperation<Stored>[] => [
      { updateOne: { filter: { _id, due: null, ...noEffects }, update: { $set: { first: null, open: 0 } } } },
      { updateOne: { filter: { _id, due: null, ...someEffects }, update: { $set: { first: null, open: 2 } } } },
      { updateOne: { filter: { _id }, update: { $set: { first: null } } } },
    ]),
  )
  return ids.map(() => null)
}

/** Writes in order, which may be done twice; one that comes to nothing because of a unique key is passed over. */
async function bulk(documents: Documents, operations: readonly AnyBulkWriteOperation<Stored>[]): Promise<void> {
  for (let left = operations; left.length > 0; ) {
    const failed = await asked(async () => {
      try {
        await documents.bulkWrite([...left], { ordered: true })
        return null
      } catch (error) {
        const [duplicate] = duplicatesIn(error) ?? []
        if (duplicate === undefined) throw error
        return duplicate
      }
    })
    left = failed === null ? [] : left.slice(failed + 1)
  }
}
