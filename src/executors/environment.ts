import { iso } from '../model/time.ts'
import type { AttemptFacts, HostFacts } from './command.ts'

/**
 * A job's whole environment: the base, then its own `env`, then what hydra tells it; the later wins. Pure.
 * Source: the wire contract, "What a job's process sees".
 */
export function jobEnvironment(
  env: Readonly<Record<string, string>>,
  attempt: AttemptFacts,
  host: Pick<HostFacts, 'os' | 'base_environment'>,
): Record<string, string> {
  const told = {
    HYDRA_RUN_ID: attempt.run_id,
    HYDRA_JOB_ID: attempt.job_id,
    HYDRA_ATTEMPT: String(attempt.attempt),
    HYDRA_DOMAIN: attempt.domain,
    HYDRA_SCHEDULED_TS: iso(attempt.scheduled_ts),
  }
  const layers = [host.base_environment, env, told]
  if (host.os !== 'windows') return Object.assign({}, ...layers)
  return layers.reduce<Record<string, string>>(overlaid, {})
}

/** Windows compares names without case: `Path` below and `PATH` above are one variable, and only one may be handed over. */
function overlaid(below: Record<string, string>, above: Readonly<Record<string, string>>): Record<string, string> {
  const names = new Set(Object.keys(above).map((name) => name.toUpperCase()))
  const kept = Object.entries(below).filter(([name]) => !names.has(name.toUpperCase()))
  return { ...Object.fromEntries(kept), ...above }
}
