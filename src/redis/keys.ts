/**
 * Names of keys and channels as the schedulers speak of them; what the functions alone touch is named in
 * functions/names.ts. On Redis Cluster, and only there, a domain is written in braces, so that all its keys lie together.
 */
export class Keys {
  readonly #isCluster: boolean

  constructor(isCluster: boolean) {
    this.#isCluster = isCluster
  }

  tag(domain: string): string {
    return this.#isCluster ? `{${domain}}` : domain
  }

  /** What waits in a domain, first out first: the key that every function is called with. */
  pending = (domain: string): string => `job_queue:${this.tag(domain)}:pending`
  /** A worker's own queue, and the channel that tells of it. */
  queue = (domain: string, workerId: string): string => `job_queue:${this.tag(domain)}:${workerId}`
  /** The letters of the schedulers to a worker, and the channel that tells of them. */
  inbox = (domain: string, workerId: string): string => `inbox:${this.tag(domain)}:${workerId}`
  /** The channel that tells of news of a run. */
  log = (domain: string, runId: string): string => `log_stream:${this.tag(domain)}:${runId}`
  /** The newest events of a domain, by the ids that they have among all. */
  domainEvents = (domain: string): string => `events:${this.tag(domain)}`
  worker = (domain: string, workerId: string): string => `workers:${this.tag(domain)}:${workerId}`
  heartbeats = (domain: string): string => `worker_heartbeats:${this.tag(domain)}`
  /** Changes when the keys of the domain were lost. */
  mark = (domain: string): string => `queue_mark:${this.tag(domain)}`
  /** The requirements of what waits, by class. */
  classes = (domain: string): string => `job_classes:${this.tag(domain)}`
  /** The hash of the domain's default token. */
  tokenHash = (domain: string): string => `token_hash:${this.tag(domain)}`
  /** The hashes of all its tokens: for each there is a key that tells the domain. */
  tokenHashes = (domain: string): string => `token_hashes:${this.tag(domain)}`
  domainOfToken = (hash: string): string => `token_hash:${hash}:domain`
  /** Every domain. */
  readonly domains = 'hydra:domains'
  /** The channel that says that a worker has sent a letter: `DOMAIN WORKER`. */
  readonly reports = 'hydra:reports'
  /** The newest events of all domains, and the channel that tells of them. */
  readonly events = 'hydra:events'
  /** Where schedulers can be reached over HTTP: address → Unix seconds of its last sign of life. */
  readonly schedulers = 'hydra:schedulers'
  /** The channel that says that something can be given out: `ORIGIN DOMAIN`. */
  readonly work = 'hydra:work'
}

/** The domain that a message of the channel `work` speaks of, and who sent it; null for what is none. */
export function readWork(message: string): { readonly origin: string; readonly domain: string } | null {
  const found = /^(\S*) \{?([^{}\s]+)\}?$/.exec(message)
  return found ? { origin: found[1] ?? '', domain: found[2] ?? '' } : null
}

/** The domain and worker that a message of the channel `reports` speaks of; null for what is none. */
export function readReports(message: string): { readonly domain: string; readonly workerId: string } | null {
  const found = /^\{?([^{}\s]+)\}? (\S+)$/.exec(message)
  return found ? { domain: found[1] ?? '', workerId: found[2] ?? '' } : null
}
