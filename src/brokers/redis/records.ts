import type { Requirement, WorkerFacts } from '../../model/affinity.ts'
import { documentReader } from '../../model/document.ts'
import type { WorkerCard } from '../../model/session.ts'
import type { Millis } from '../../model/time.ts'
import type { Waiting } from '../../ports/broker.ts'
import { rows } from '../../redis/answers.ts'

/** A class's id is this long; what is shown of a run follows it. */
const classIdLength = 23

export const readNeed = documentReader<Requirement>(
  'requirement',
  ({ queue, affinity }) => typeof queue === 'string' && typeof affinity === 'object' && affinity !== null,
)

/** Pairs of a class's id and its requirement, as functions give them. */
export const needsOf = (classes: unknown): ReadonlyMap<string, Requirement> =>
  new Map(rows(classes, 2).map(([id = '', need = '']) => [id, readNeed(need)]))

export const readFacts = documentReader<WorkerFacts>(
  "worker's facts",
  ({ os, queues, capabilities }) => typeof os === 'string' && Array.isArray(queues) && Array.isArray(capabilities),
)

export const readCard = documentReader<WorkerCard>(
  "worker's card",
  ({ domain, worker_id, max_concurrency }) =>
    typeof domain === 'string' && typeof worker_id === 'string' && typeof max_concurrency === 'number',
)

interface Shown {
  readonly job_id: string
  readonly name: string
  readonly priority: number
  readonly scheduled_ts: Millis
}

const readShown = documentReader<Shown>(
  'waiting run',
  ({ job_id, scheduled_ts }) => typeof job_id === 'string' && typeof scheduled_ts === 'number',
)

/** What is kept of a waiting run beside its class and its score. */
export const shownOf = ({ job_id, name, priority, scheduled_ts }: Waiting): string =>
  JSON.stringify({ job_id, name, priority, scheduled_ts } satisfies Shown)

/**
 * A waiting run from what is kept of it.
 * @param kept the class's id and what is shown
 * @param needs the requirements by class
 */
export function waitingFrom(
  domain: string,
  run_id: string,
  kept: string,
  needs: ReadonlyMap<string, Requirement>,
): Waiting {
  const need = needs.get(kept.slice(0, classIdLength))
  if (need === undefined) throw new Error(`the class of the run ${run_id} is not there`)
  return { ...readShown(kept.slice(classIdLength)), run_id, domain, need }
}

/** The fields of `workers:<domain>:<worker_id>`: what own workers and people read, and the whole card. */
export function fieldsOf(card: WorkerCard, state: string, tokenHash: string): readonly (readonly [string, string])[] {
  const { domain, os, hostname, ip, subnet, deployment_type, run_user, cwd } = card
  return [
    ['os', os],
    ['domain', domain],
    ['tags', card.tags.join(',')],
    ['allowed_users', card.allowed_users.join(',')],
    ['queues', card.queues.join(',')],
    ['max_concurrency', String(card.max_concurrency)],
    ['current_running', '0'],
    ['status', 'online'],
    ['state', state],
    ['cpu_count', String(card.cpu_count)],
    ['python_version', card.python_version ?? ''],
    ['cwd', cwd],
    ['hostname', hostname],
    ['ip', ip],
    ['subnet', subnet],
    ['deployment_type', deployment_type],
    ['run_user', run_user],
    ['domain_token_hash', tokenHash],
    ['protocol', '2'],
    ['card', JSON.stringify(card)],
  ]
}
