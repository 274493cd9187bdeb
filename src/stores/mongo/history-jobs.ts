import { z } from 'zod'
import type { Millis } from '../../model/time.ts'
import type {
  DeletedJob,
  DeletedJobs,
  JobHistory,
  JobPlace,
  ReplacedVersion,
  VersionPlace,
} from '../../ports/history.ts'
import type { AuditWrites } from './audit-writes.ts'
import type { Collections } from './collections.ts'
import { seriesOf } from './figure-document.ts'
import { asked } from './gate.ts'
import { presentVersion, versionId } from './job-document.ts'
import { removeSome } from './removal.ts'
import { beginningWith, reader } from './stored.ts'

const byPlace = { deleted: 1, domain: 1, _id: 1 } as const

const readPlace = reader('job', z.object({ _id: z.string(), domain: z.string(), open: z.number() }))
const readStored = reader(
  'version of a job',
  z.object({ job_id: z.string(), version: z.number(), created_at: z.number() }),
)

/** Finds and removes in MongoDB what jobs leave behind. */
export class MongoJobHistory implements JobHistory {
  readonly #in: Collections
  readonly #audit: AuditWrites

  constructor(collections: Collections, audit: AuditWrites) {
    this.#in = collections
    this.#audit = audit
  }

  expireSkips(before: Millis, limit: number): Promise<number> {
    return removeSome(this.#in.skips, { to: { $lt: before } }, limit, { hint: { to: 1 } })
  }

  async deleted({ domain, before, after, limit }: DeletedJobs): Promise<readonly DeletedJob[]> {
    if (limit <= 0) return []
    const place =
      domain !== null
        ? { domain, ...(after !== null && { _id: { $gt: after._id } }) }
        : after === null
          ? {}
          : {
              // The bound says nothing new, but where in the index to begin.
              domain: { $gte: after.domain },
              $or: [{ domain: { $gt: after.domain } }, { _id: { $gt: after._id } }],
            }
    const rules = { deleted: 1, deleted_at: { $lt: before }, ...place }
    const options = { projection: { domain: 1, open: 1 }, sort: { domain: 1, _id: 1 }, limit, hint: byPlace } as const
    return (await asked(() => this.#in.jobs.find(rules, options).toArray()))
      .map(readPlace)
      .map(({ _id, domain: of, open }) => {
        return { _id, domain: of, isOpen: open !== 0 }
      })
  }

  /** The job itself goes last: it is found until then. */
  async forget({ _id }: JobPlace, limit: number): Promise<boolean> {
    const isDeleted = { _id, deleted: 1 }
    const job = await asked(() => this.#in.jobs.findOne(isDeleted, { projection: { audit: 1 } }))
    if (job === null) return true
    let room =
      limit - (await removeSome(this.#in.skips, { job_id: _id }, limit, { hint: { job_id: 1, outcome: 1, from: 1 } }))
    const series = beginningWith(`${seriesOf({ domain: '', job_id: _id })}|`)
    room -= await removeSome(this.#in.figures, { _id: series }, room)
    room -= await removeSome(this.#in.versions, { _id: beginningWith(`${_id}:`) }, room)
    if (room <= 0) return false
    await this.#audit.listRidersOf([job])
    await asked(() => this.#in.jobNames.deleteMany({ job_id: _id }))
    await asked(() => this.#in.totals.deleteOne({ _id }))
    await asked(() => this.#in.jobs.deleteOne(isDeleted))
    return true
  }

  /** All that lie apart were replaced, but for one whose edit then lost, or whose job is gone. */
  async replacedVersions(after: VersionPlace | null, limit: number) {
    const place = after === null ? {} : { _id: { $gt: versionId(after.job_id, after.version) } }
    const options = { projection: { definition: 0 }, sort: { _id: 1 }, limit } as const
    const found =
      limit <= 0 ? [] : (await asked(() => this.#in.versions.find(place, options).toArray())).map(readStored)
    const replaced: ReplacedVersion[] = []
    for (const [at, { job_id, version }] of found.entries()) {
      const follower = found[at + 1]
      const replaced_at =
        follower?.job_id === job_id ? follower.created_at : await this.#followerOf({ job_id, version })
      if (replaced_at !== null) replaced.push({ job_id, version, replaced_at })
    }
    const last = found.at(-1)
    const next = last === undefined || found.length < limit ? null : { job_id: last.job_id, version: last.version }
    return { replaced, next }
  }

  /** When a version was replaced: by the next one that lies apart, or by the job's present one. */
  async #followerOf({ job_id, version }: VersionPlace): Promise<Millis | null> {
    const _id = { $gt: versionId(job_id, version), $lt: beginningWith(`${job_id}:`).$lt }
    const options = { projection: { definition: 0 }, sort: { _id: 1 } } as const
    const follower = await asked(() => this.#in.versions.findOne({ _id }, options))
    if (follower !== null) return readStored(follower).created_at
    const job = await asked(() => this.#in.jobs.findOne({ _id: job_id }))
    const present = job === null ? null : presentVersion(job)
    return present === null || present.version <= version ? null : present.created_at
  }

  async forgetVersions(jobId: string, upTo: number): Promise<void> {
    const job = await asked(() => this.#in.jobs.findOne({ _id: jobId }))
    const last = job === null ? upTo : Math.min(upTo, presentVersion(job).version - 1)
    const _id = { $gte: versionId(jobId, 0), $lte: versionId(jobId, last) }
    if (last > 0) await asked(() => this.#in.versions.deleteMany({ _id }))
  }
}
