import type { ExecutorType } from '../model/executor.ts'
import type { AttemptFacts, Command, Executes, ExecutorOf, HostFacts, Launch, Refusal } from './command.ts'
import { jobEnvironment } from './environment.ts'
import { external } from './external.ts'
import { shell } from './shell.ts'

/** Every executor by its type; null: this version does not run it. */
const executors: { readonly [T in ExecutorType]: Executes<T> | null } = {
  shell,
  external,
  batch: null,
  python: null,
}

/** What to run for one attempt of a job on this host, or why nothing can be. Pure. */
export function launchOf(executor: ExecutorOf, attempt: AttemptFacts, host: HostFacts): Launch | Refusal {
  const command = commandOf(executor, host)
  if ('refused' in command) return command
  return { ...command, env: jobEnvironment(executor.env, attempt, host), cwd: executor.workdir ?? host.workdir }
}

function commandOf<T extends ExecutorType>(executor: ExecutorOf<T>, host: HostFacts): Command | Refusal {
  const execute: Executes<T> | null = executors[executor.type]
  return execute === null ? { refused: `this worker runs no ${executor.type} jobs` } : execute(executor, host)
}
