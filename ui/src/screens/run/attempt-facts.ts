import type { RunWithAttempts } from '../../../../src/client/index.ts'
import { duration } from '../../parts/format.ts'

export type Attempt = RunWithAttempts['attempts'][number]

/** One fact of two attempts, in words. */
export interface FactOfTwo {
  readonly name: string
  readonly of: readonly [string, string]
  readonly differs: boolean
}

const words: Readonly<Record<string, string>> = {
  success: 'success',
  failed: 'failed',
  timed_out: 'timed out',
  cancelled: 'cancelled',
  lost: 'lost with its worker',
  interrupted: 'interrupted',
  not_spawned: 'could not be started',
}

/** How long it took, as far as that is known. Pure. */
function tookOf({ start_ts, end_ts }: Attempt): string {
  if (start_ts === null) return 'not started'
  return end_ts === null ? 'still running' : duration((Date.parse(end_ts) - Date.parse(start_ts)) / 1000)
}

const facts: readonly { readonly name: string; readonly of: (attempt: Attempt) => string }[] = [
  { name: 'Outcome', of: ({ outcome }) => (outcome === null ? 'running' : (words[outcome] ?? outcome)) },
  { name: 'Reason', of: ({ reason }) => reason ?? '' },
  { name: 'Exit code', of: ({ returncode }) => (returncode === null ? 'none' : String(returncode)) },
  { name: 'Worker', of: ({ worker_id }) => worker_id },
  { name: 'Took', of: tookOf },
]

/** What two attempts of a run have in common, and what not. Pure. */
export function factsOfTwo(one: Attempt, other: Attempt): readonly FactOfTwo[] {
  return facts.map(({ name, of }) => {
    const both = [of(one), of(other)] as const
    return { name, of: both, differs: both[0] !== both[1] }
  })
}

/** The attempt to look at beside another: the one before it, else the one after. Pure. */
export function neighbourOf(attempts: readonly Attempt[], attempt: number): number | null {
  const at = attempts.findIndex((one) => one.attempt === attempt)
  return (attempts[at - 1] ?? attempts[at + 1])?.attempt ?? null
}
