import { isFinal, type RunWithAttempts } from '../../../../src/client/index.ts'
import { duration } from '../../parts/format.ts'

type Told = Pick<
  RunWithAttempts,
  | 'status'
  | 'completion_reason'
  | 'returncode'
  | 'attempt'
  | 'retries_remaining'
  | 'duration'
  | 'worker_id'
  | 'failovers'
>

/** The signals that end most processes which are ended. POSIX numbers. */
const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP, the terminal was closed',
  2: 'SIGINT, as by Ctrl-C',
  6: 'SIGABRT, it gave up by itself',
  9: 'SIGKILL, from outside or for want of memory',
  11: 'SIGSEGV, a fault of memory',
  13: 'SIGPIPE, nobody read its output',
  15: 'SIGTERM, asked to end',
}

/** What became of a run, and why, in one sentence. Pure. Null while it is not over. */
export function reasonOf(run: Told): string | null {
  if (!isFinal(run)) return null
  const tries = run.attempt > 1 ? ` after ${run.attempt} attempts` : ''
  const took = run.duration === null ? '' : ` in ${duration(run.duration)}`
  switch (run.status) {
    case 'success':
      return `It succeeded${took}${tries}.`
    case 'cancelled':
      return `It was ${run.completion_reason ?? 'cancelled'}.`
    default:
      return `It failed${tries}: ${why(run)}.`
  }
}

function why({ returncode, completion_reason }: Told): string {
  const reason = completion_reason ?? 'nobody knows why'
  if (returncode === null || returncode >= 0) return reason
  return `signal ${-returncode} ended it (${signals[-returncode] ?? 'see signal(7)'}); ${reason}`
}
