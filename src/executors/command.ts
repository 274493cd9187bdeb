import type { Executor, ExecutorType } from '../model/executor.ts'
import type { Millis } from '../model/time.ts'

/** What of the machine decides how a job is started. Found once, by the worker; an executor looks at nothing itself. */
export interface HostFacts {
  readonly os: 'linux' | 'windows' | 'darwin'
  /** /bin/bash is there. */
  readonly has_bin_bash: boolean
  /** The name that a Python 3 answers to: `python3`, or `python` where only that is there. */
  readonly python: string
  /** What programs that a job's executor asks about (`programsAsked`) said of their version; one that is missing did not answer. */
  readonly versions: Readonly<Record<string, string>>
  /** What every job's environment begins with: the allow-list and what the worker passes on. */
  readonly base_environment: Readonly<Record<string, string>>
  /** Where a job without a `workdir` runs; null: in a folder of the attempt's own. */
  readonly workdir: string | null
}

/** What of the attempt its process is told. */
export interface AttemptFacts {
  readonly run_id: string
  readonly job_id: string
  readonly domain: string
  readonly attempt: number
  readonly scheduled_ts: Millis
  /** Where a file can be laid for the attempt; it is gone afterwards. */
  readonly script_path: string
}

/** A program and its arguments, without argv[0]. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** What is to stand in the file `script_path` while the process runs. */
  readonly script?: string
  /** Windows: the arguments are put into the command line as they are. */
  readonly verbatim?: boolean
}

/** All that a process is made of. `cwd` null: a folder of the attempt's own. */
export interface Launch extends Required<Omit<Command, 'script'>> {
  readonly script: string | null
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string | null
}

/** Nothing can be started, and why, in a sentence without a full stop. */
export interface Refusal {
  readonly refused: string
}

/** A definition of an executor of type T; of any type where T is left out. */
export type ExecutorOf<T extends ExecutorType = ExecutorType> = {
  [K in T]: { readonly type: K } & Extract<Executor, { type: K }>
}[T]

/** An executor: what the user defined and facts of the host → what to run. Pure. */
export type Executes<T extends ExecutorType> = (
  executor: ExecutorOf<T>,
  host: HostFacts,
  attempt: AttemptFacts,
) => Command | Refusal
