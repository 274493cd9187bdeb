/**
 * How the supervisor starts processes and ends them, in two kinds: glibc's own calls (`posix-processes.ts`) and what
 * Node offers everywhere (`plain-processes.ts`). Both give a job a session of its own, an empty stdin, two pipes, no other
 * descriptor, all signals at their default and none blocked.
 */
export interface Processes {
  readonly spawner: 'posix_spawn' | 'child_process'
  /** How much of a job's tree we can find: `subreaper` all of it, `group` what did not leave its process group. */
  readonly killLevel: 'subreaper' | 'group'
  spawn(order: SpawnOrder, events: TreeEvents): Tree | SpawnFailure
}

export interface SpawnOrder {
  /** Whose process it will be: its orphans are told by it. */
  readonly run_id: string
  readonly attempt: number
  /** argv[0]. */
  readonly file: string
  /** What is executed. */
  readonly path: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Windows: the arguments are put into the command line as they are. */
  readonly verbatim: boolean
}

export interface SpawnFailure {
  /** Node's code (`ENOENT`); null where the system did not tell. */
  readonly errno: string | null
}

/** One end of a pipe, ours. */
export interface Pipe {
  /** The bytes are lent for the time of the call only. */
  listen(onData: (bytes: Buffer) => void, onEnd: () => void): void
  pause(): void
  resume(): void
  close(): void
}

export interface TreeEvents {
  /**
   * The first process has ended.
   * @param returncode the exit status; −N when signal N ended it
   * @param alone nothing of its tree is left, as far as the kill level can see; else `emptied` follows some day
   */
  exited(returncode: number, alone: boolean): void
  emptied(): void
}

/** A job's first process and all that came from it. */
export interface Tree {
  readonly pid: number
  /** When the first process began, in clock ticks since boot; null where there is no /proc. */
  readonly start: number | null
  readonly stdout: Pipe
  readonly stderr: Pipe
  /** To all that is left of the tree. Nothing happens to what is already dead. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void
}

export const isTree = (result: Tree | SpawnFailure): result is Tree => 'pid' in result
