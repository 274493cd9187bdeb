import type { Fault } from '../model/errors.ts'
import { invalid } from '../model/errors.ts'
import { definitionOf, type Job, type JobDefinition } from '../model/job.ts'
import { askedChanges, keptChanges, longestChanges, type RunChanges } from '../model/run-changes.ts'
import { type CodeFaults, checked } from './checked.ts'
import { patched } from './merge.ts'

/**
 * The definition that a new run is made from: the job's as it is now, with what was asked for this run alone, checked as an
 * update of the job would be. @throws INVALID with every fault
 */
export async function runDefinition(
  job: Job,
  asked: unknown,
  codeFaults: CodeFaults,
): Promise<{ readonly definition: JobDefinition; readonly changes: RunChanges | null }> {
  const { patch, faults } = askedChanges(asked)
  if (faults.length > 0) throw invalid(faults)
  if (patch === null) return { definition: definitionOf(job), changes: null }
  const found = await checked(patched(job, patch), codeFaults)
  if (found.definition === null) throw invalid(found.faults.map(inChanges))
  const changes = keptChanges(patch, found.definition)
  if (JSON.stringify(changes).length > longestChanges)
    throw invalid([
      { path: 'changes', message: `must have at most ${longestChanges} characters; change the job for more` },
    ])
  return { definition: found.definition, changes }
}

const inChanges = ({ path, message }: Fault): Fault => ({ path: `changes.${path}`, message })
