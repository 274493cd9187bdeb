import type { JobDefinition, JobVersion } from '../model/job.ts'
import type { Run } from '../model/run.ts'
import type { JobStore } from '../ports/store.ts'
import { withChanges } from './merge.ts'

/** How many definitions are kept, and the longest that is worth keeping (characters of its executor). */
const most = 500
const longest = 64 * 1024

/** The definitions that runs execute, by job and version. A version never changes, so what is kept is never stale. */
export class Definitions {
  readonly #jobs: Pick<JobStore, 'version'>
  readonly #kept = new Map<string, JobDefinition>()

  constructor(jobs: Pick<JobStore, 'version'>) {
    this.#jobs = jobs
  }

  /** The definition that a run executes, with what it alone has otherwise; null where its job's history is gone. */
  async of(run: Pick<Run, 'job_id' | 'job_version' | 'changes'>): Promise<JobDefinition | null> {
    const definition = await this.#asStored(run)
    return definition === null ? null : withChanges(definition, run.changes ?? null)
  }

  async #asStored(run: Pick<Run, 'job_id' | 'job_version'>): Promise<JobDefinition | null> {
    const kept = this.#kept.get(`${run.job_id}:${run.job_version}`)
    if (kept) return kept
    const stored = await this.#jobs.version(run.job_id, run.job_version)
    if (stored) this.keep(stored)
    return stored?.definition ?? null
  }

  /** Keeps one that is at hand already. */
  keep({ job_id, version, definition }: JobVersion): void {
    const { executor } = definition
    const body =
      executor.type === 'external' ? executor.command : executor.type === 'python' ? executor.code : executor.script
    if (body.length + executor.args.join('').length > longest) return
    if (this.#kept.size >= most) {
      const oldest = this.#kept.keys().next()
      if (!oldest.done) this.#kept.delete(oldest.value)
    }
    this.#kept.set(`${job_id}:${version}`, definition)
  }
}
