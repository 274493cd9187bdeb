/** What a server says of itself at the start. */
export interface ServerFacts {
  /** The answer of INFO. */
  readonly info: string
  /** min-replicas-to-write and min-replicas-max-lag; null where the server does not tell (CONFIG may be forbidden). */
  readonly replicas: { readonly toWrite: number; readonly maxLag: number } | null
}

/** The oldest server that has functions. */
const oldest = 7

/**
 * Why a server cannot be relied on, as one sentence that says what to do; null when it can. Pure.
 * @param place where it is, for the sentence
 * @param isReplicated with Sentinel or Cluster: a master that lost its replicas must stop taking writes, or what it
 *   takes is lost when another is made master
 */
export function faultOfServer({ info, replicas }: ServerFacts, place: string, isReplicated: boolean): string | null {
  const version = field(info, 'redis_version') ?? '0'
  if (Number.parseInt(version, 10) < oldest)
    return `The Redis at ${place} is version ${version}; hydra-jobs needs ${oldest}.0 or newer.`
  const policy = field(info, 'maxmemory_policy')
  if (policy !== null && policy !== 'noeviction')
    return `The Redis at ${place} may throw away what is queued when its memory is full: set its maxmemory-policy to noeviction (it is ${policy}).`
  if (!isReplicated) return null
  // The field is there only where both settings are above 0.
  const holds =
    replicas === null
      ? field(info, 'min_slaves_good_slaves') !== null
      : replicas.toWrite >= 1 && replicas.maxLag >= 1 && replicas.maxLag <= 3
  if (holds) return null
  return `The Redis at ${place} goes on taking writes without its replicas, which a failover would lose: set min-replicas-to-write 1 and min-replicas-max-lag 3.`
}

const field = (info: string, name: string): string | null =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null
