import type { AttemptFacts, HostFacts, Refusal } from '../executors/command.ts'
import { launchOf } from '../executors/registry.ts'
import type { Millis } from '../model/time.ts'
import type { Grant, Held } from '../ports/link.ts'
import type { Order, Start } from '../supervisor/messages.ts'

/** Between TERM and KILL, for a timeout, a cancel and a stop. */
export const stopGrace: Millis = 5000

/**
 * What the supervisor is told to start for a grant, or why nothing can be. Pure.
 * @param script_path where the attempt's script file will lie, if it has one
 */
export function startOrder(grant: Grant, host: HostFacts, script_path: string): Start | Refusal {
  const { definition, run_id, job_id, domain, token, attempt, slot, scheduled_ts, log_limit } = grant
  const facts: AttemptFacts = { run_id, job_id, domain, attempt, scheduled_ts, script_path }
  const launch = launchOf(definition.executor, facts, host)
  if ('refused' in launch) return launch
  const { stdout_contains, stdout_not_contains, stderr_contains, stderr_not_contains } = definition.completion
  return {
    kind: 'start',
    run_id,
    job_id,
    domain,
    token,
    attempt,
    slot,
    file: launch.file,
    args: [...launch.args],
    env: { ...launch.env },
    cwd: launch.cwd,
    script: launch.script,
    verbatim: launch.verbatim,
    timeout: definition.timeout * 1000,
    grace: stopGrace,
    log_limit,
    needles: { stdout_contains, stdout_not_contains, stderr_contains, stderr_not_contains },
  }
}

export const stopOrder = ({ run_id, token }: Held, cause: 'cancel' | 'stop', grace: Millis): Order => ({
  kind: 'stop',
  run_id,
  token,
  cause,
  grace,
})

/** @param done its end is stored: the supervisor forgets the attempt, spool and all */
export const ackOrder = ({ run_id, token }: Held, seq: number, done: boolean): Order => ({
  kind: 'ack',
  run_id,
  token,
  seq,
  done,
})

export const resendOrder = ({ run_id, token }: Held, seq: number): Order => ({ kind: 'resend', run_id, token, seq })
