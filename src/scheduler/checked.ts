import type { Fault } from '../model/errors.ts'
import type { Executor } from '../model/executor.ts'
import { executorIn, type JobDefinition, parseDefinition } from '../model/job.ts'

/** Faults of the code inside an executor, as far as this machine can tell. Never rejects. */
export type CodeFaults = (executor: Executor) => Promise<readonly Fault[]>

/** A definition and every fault of it at once: those of its fields, and those of its code. */
export async function checked(
  given: unknown,
  codeFaults: CodeFaults,
): Promise<{ definition: JobDefinition | null; faults: readonly Fault[] }> {
  const parsed = parseDefinition(given)
  const executor = parsed.definition?.executor ?? executorIn(given)
  const found = executor === null ? [] : await codeFaults(executor)
  return found.length === 0 ? parsed : { definition: null, faults: [...parsed.faults, ...found] }
}
