import type { ExecutorType } from '../model/executor.ts'
import { batch } from './batch.ts'
import type { AttemptFacts, Command, Executes, ExecutorOf, HostFacts, Launch, Refusal } from './command.ts'
import { jobEnvironment } from './environment.ts'
import { external } from './external.ts'
import { python } from './python.ts'
import { shell } from './shell.ts'

/** Every executor by its type. */
const executors: { readonly [T in ExecutorType]: Executes<T> } = { shell, batch, external, python }

/** What to run for one attempt of a job on this host, or why nothing can be. Pure. */
export function launchOf(executor: ExecutorOf, attempt: AttemptFacts, host: HostFacts): Launch | Refusal {
  const command = commandOf(executor, host, attempt)
  if ('refused' in command) return command
  const { file, args, script = null, verbatim = false } = command
  const env = jobEnvironment(executor.env, attempt, host)
  return { file, args, script, verbatim, env, cwd: executor.workdir ?? host.workdir }
}

function commandOf<T extends ExecutorType>(
  executor: ExecutorOf<T>,
  host: HostFacts,
  attempt: AttemptFacts,
): Command | Refusal {
  const execute: Executes<T> = executors[executor.type]
  return execute(executor, host, attempt)
}
