import type { AuditEntry } from '../src/model/audit.ts'
import type { Job, JobVersion } from '../src/model/job.ts'
import type { Skip } from '../src/model/skip.ts'
import { dice, idAt, type SeedPlan } from './seed-data.ts'

/** Jobs with a long ledger: those that run all the time, the first hundredth. */
const share = 100
/** Ticks without a run, and versions, of each of them. */
const [skipped, edited] = [200, 50]

const busy = (jobs: readonly Seeded[]) => jobs.slice(0, Math.ceil(jobs.length / share))

interface Seeded {
  readonly job: Job
  readonly version: JobVersion
}

/** Ticks of the busiest jobs that had no run, spread over the plan's days. */
export function* seedSkips(plan: SeedPlan, jobs: readonly Seeded[]): Generator<Skip> {
  const span = (plan.days * 86_400_000) / skipped
  for (const { job } of busy(jobs))
    for (let at = 0; at < skipped; at += 1) {
      const to = Math.floor(plan.until - (skipped - at) * span)
      const what = at % 2 === 0 ? ('skipped' as const) : ('missed' as const)
      const { _id: job_id, domain } = job
      yield {
        _id: `${job_id}:${to}`,
        job_id,
        domain,
        from: to,
        to,
        count: 1,
        outcome: what,
        reason: 'seeded',
        of: null,
      }
    }
}

/** Further versions of the busiest jobs. */
export function* seedVersions(jobs: readonly Seeded[]): Generator<JobVersion> {
  for (const { version } of busy(jobs))
    for (let number = 2; number <= edited; number += 1)
      yield { ...version, version: number, created_at: version.created_at + number }
}

/** Who made each job, and who changed one now and then: two entries for each job. */
export function* seedAudit(plan: SeedPlan, jobs: readonly Seeded[]): Generator<AuditEntry> {
  const roll = dice(4)
  for (const { job } of jobs)
    for (const action of ['job.create', 'job.update'] as const) {
      const at = action === 'job.create' ? job.created_at : Math.floor(plan.until - roll() * plan.days * 86_400_000)
      const [actor, address] = [`token-${Math.floor(roll() * 50)}`, '127.0.0.1']
      const { _id: object, domain, priority } = job
      const before = action === 'job.create' ? null : { priority: 1 }
      const what = { actor, token_id: actor, action, object, before, after: { priority }, address, agent: 'seed' }
      yield { _id: idAt(at, Math.floor(roll() * 2 ** 32)), at, domain, ...what }
    }
}
