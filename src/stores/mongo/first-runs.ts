import { z } from 'zod'
import type { Run } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import type { Collections } from './collections.ts'
import { asked } from './gate.ts'
import { firstRunOf, readJob } from './job-document.ts'
import { type Documents, reader, type Stored } from './stored.ts'

/** Whoever inserted a job is left so long to insert its first run as well. ms */
const underWayFor: Millis = 3000

const readFirst = reader('job', z.object({ _id: z.string(), first: z.object({ _id: z.string() }) }))
const readRescued = reader('job', z.object({ _id: z.string(), rescued: z.string() }))

type OfJob = Pick<Run, '_id' | 'job_id'>

/**
 * A job is inserted with its first run inside, then the run is, then that is struck off the job, once and for all. Whoever
 * inserted the job may be stopped in between, and go on when others have finished it, and the run is over and removed. So
 * (1) a run is not removed while it stands in its job; (2) others who insert it note that in the job before, while it stands
 * there; (3) where that is noted, removing the run leaves its id behind, used up, for a month: an insertion that comes later fails.
 */
export class FirstRuns {
  readonly #jobs: Documents

  constructor(collections: Pick<Collections, 'jobs'>) {
    this.#jobs = collections.jobs
  }

  /** Those of the first runs in these jobs that others may insert now. */
  async rescue(documents: readonly Stored[]): Promise<readonly Run[]> {
    const now = Date.now()
    const old = documents.filter((document) => !isUnderWay(readJob(document).created_at, now))
    const runs = old.flatMap((document) => firstRunOf(document) ?? [])
    if (runs.length === 0) return []
    const operations = runs.map(({ _id: rescued, job_id: _id }) => {
      return { updateOne: { filter: { _id, 'first._id': rescued }, update: { $set: { rescued } } } }
    })
    await asked(() => this.#jobs.bulkWrite(operations, { ordered: false }))
    const rescued = await this.rescued(runs)
    return runs.filter(({ _id }) => rescued.has(_id))
  }

  /** The ids of those of the runs that were inserted by others, or may have been. */
  async rescued(runs: readonly OfJob[]): Promise<ReadonlySet<string>> {
    const found = await this.#ofJobs(runs, 'rescued', { rescued: 1 })
    return new Set(found.map((document) => readRescued(document).rescued))
  }

  /** The ids of those of the runs that stand in their jobs still. One that stands no more never does again. */
  async standing(runs: readonly OfJob[]): Promise<ReadonlySet<string>> {
    const found = await this.#ofJobs(runs, 'first._id', { 'first._id': 1 })
    return new Set(found.map((document) => readFirst(document).first._id))
  }

  async #ofJobs(runs: readonly OfJob[], field: string, projection: Readonly<Record<string, 1>>) {
    if (runs.length === 0) return []
    const jobs = [...new Set(runs.map(({ job_id }) => job_id))]
    const rules = { _id: { $in: jobs }, [field]: { $in: runs.map(({ _id }) => _id) } }
    return asked(() => this.#jobs.find(rules, { projection }).toArray())
  }
}

/** By another's clock: one that is ahead of ours says nothing. */
const isUnderWay = (since: Millis, now: Millis): boolean => since <= now && now - since < underWayFor
