// Apart from what affinity is: a page that asks who fits should load nothing else.
import type { Requirement, WorkerFacts } from './affinity.ts'

const lower = (words: readonly string[]): Set<string> => new Set(words.map((word) => word.toLowerCase()))
const has = (list: readonly string[], value: string): boolean =>
  list.length === 0 || lower(list).has(value.toLowerCase())

/**
 * Why a worker may not take a run, as the sentence that explain shows; null when it may. Pure.
 * OS, tag and host names compare without case; users and queues with it.
 */
export function exclusion(need: Requirement, worker: WorkerFacts): string | null {
  const { affinity } = need
  if (!worker.queues.includes(need.queue)) return `it does not serve the queue ${need.queue}`
  if (!has(affinity.os, worker.os)) return `its os is ${worker.os}, not ${affinity.os.join(' or ')}`
  const tags = lower(worker.tags)
  const missing = affinity.tags.filter((tag) => !tags.has(tag.toLowerCase()))
  if (missing.length > 0) return `it lacks the tag ${missing.join(', ')}`
  if (worker.allowed_users.length > 0 && !worker.allowed_users.includes(need.user))
    return `it does not run jobs of the user ${need.user}`
  if (
    affinity.allowed_users.length > 0 &&
    worker.allowed_users.length > 0 &&
    !affinity.allowed_users.some((user) => worker.allowed_users.includes(user))
  )
    return `it runs jobs of none of the users ${affinity.allowed_users.join(', ')}`
  if (!has(affinity.hostnames, worker.hostname)) return `its host is ${worker.hostname}`
  if (affinity.subnets.length > 0 && !affinity.subnets.some((subnet) => inSubnet(worker, subnet)))
    return `its subnet is ${worker.subnet}`
  if (affinity.deployment_types.length > 0 && !affinity.deployment_types.includes(worker.deployment_type))
    return `its deployment type is ${worker.deployment_type}`
  if (!worker.capabilities.includes(need.executor_type)) return incapable(need.executor_type)
  return null
}

/** What a worker of ours must find to offer jobs of a type. What somebody's own worker lacks is not known. */
const needed: Readonly<Record<string, string>> = { shell: 'bash', batch: 'cmd', python: 'Python 3' }

function incapable(type: string): string {
  const program = needed[type]
  return `it does not offer ${type} jobs${program ? ` (hydra worker does where it finds ${program})` : ''}`
}

/** First three parts of the address, or CIDR over IPv4. */
function inSubnet(worker: WorkerFacts, subnet: string): boolean {
  const [network = '', bits] = subnet.split('/')
  if (bits === undefined) return subnet === worker.subnet || subnet === worker.ip
  const [address, base] = [ipv4(worker.ip), ipv4(network)]
  const length = Number(bits)
  if (address === null || base === null || !Number.isInteger(length) || length < 0 || length > 32) return false
  const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0
  return (address & mask) >>> 0 === (base & mask) >>> 0
}

function ipv4(address: string): number | null {
  const parts = address.split('.').map(Number)
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return null
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

/** How a worker stands, beside what it is. */
export interface Standing {
  readonly status: 'online' | 'offline'
  /** What it was told. */
  readonly state: string
  /** Slots that are taken, and all. */
  readonly taken: number
  readonly slots: number
}

/** What keeps a worker from taking a run now, or null. Pure. */
export function obstacle(
  need: Requirement,
  worker: WorkerFacts,
  { status, state, taken, slots }: Standing,
): string | null {
  if (status === 'offline') return 'it is offline'
  const excluded = exclusion(need, worker)
  if (excluded !== null) return excluded
  if (state !== 'online') return `it is ${state}`
  return taken < slots ? null : `all its ${slots} slots are taken`
}
