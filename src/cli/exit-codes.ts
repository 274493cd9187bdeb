import { ApiError, type FinalStatus, type RunDocument, UnreachableError } from '../client/index.ts'

/** What a command answers with. docs/cli.md has the same table, and a test holds the two together. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  conflict: 5,
  unreachable: 6,
  timeout: 7,
  noWorker: 8,
  interrupted: 130,
} as const

const byStatus: Readonly<Record<number, number>> = {
  400: exitCodes.usage,
  401: exitCodes.notAllowed,
  403: exitCodes.notAllowed,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  412: exitCodes.conflict,
  413: exitCodes.usage,
  415: exitCodes.usage,
  422: exitCodes.usage,
  429: exitCodes.unreachable,
  502: exitCodes.unreachable,
  503: exitCodes.unreachable,
  504: exitCodes.unreachable,
}

/** The exit code that says what an error was. */
export function codeOfError(error: unknown): number {
  if (error instanceof UnreachableError) return exitCodes.unreachable
  if (error instanceof ApiError) return byStatus[error.status] ?? exitCodes.failed
  return exitCodes.failed
}

const byOutcome = {
  success: () => exitCodes.ok,
  failed: (returncode) => ofProcess(returncode) || exitCodes.failed,
  timed_out: () => exitCodes.timeout,
  cancelled: () => exitCodes.interrupted,
} satisfies Record<FinalStatus, (returncode: number | null) => number>

/**
 * The exit code of a run that is over: of its process where it failed by that; 128 + N for one that signal N ended, as
 * shells say it; 1 where the process itself said 0 or was never started.
 */
export function codeOfRun({ status, returncode }: Pick<RunDocument, 'status' | 'returncode'>): number {
  const outcome = Object.entries(byOutcome).find(([name]) => name === status)
  return outcome ? outcome[1](returncode) : exitCodes.failed
}

/** Windows has exit codes of 32 bits, of which a POSIX shell sees the last eight: none of them may look like success. */
function ofProcess(returncode: number | null): number {
  if (returncode === null || returncode === 0) return 0
  return returncode < 0 ? 128 - returncode : returncode & 255 || exitCodes.failed
}
