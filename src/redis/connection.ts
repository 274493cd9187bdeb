import { Cluster, type Redis } from 'ioredis'
import type { Log } from '../runtime/log.ts'
import { faultOfServer } from './checks.ts'
import { type Client, leave, makeClient } from './clients.ts'
import { Ears } from './ears.ts'
import { asUnavailable, isMissingFunction } from './errors.ts'
import { isOlder, librarySource } from './functions/library.ts'
import { Keys } from './keys.ts'
import { placeOf, type RedisTarget, readRedisUrl } from './url.ts'

/** The connections of a process to Redis: one for commands and functions, one that listens. */
export class RedisConnection {
  readonly keys: Keys
  readonly ears: Ears
  readonly #client: Client
  #loading: Promise<void> | null = null
  #isClosed = false

  private constructor(client: Client, listener: Client) {
    this.#client = client
    this.keys = new Keys(client instanceof Cluster)
    this.ears = new Ears(listener)
  }

  /**
   * Connects, looks whether the server can be relied on, and loads the functions.
   * @throws with one sentence that says what is wrong and what to do
   */
  static async open(url: string, log: Log): Promise<RedisConnection> {
    const target = readRedisUrl(url)
    const [client, listener] = [makeClient(target, 'hydra'), makeClient(target, 'hydra-ears')]
    const connection = new RedisConnection(client, listener)
    const isOver = (): boolean => connection.#isClosed
    const first = watch(client, target, log, isOver)
    watch(listener, target, null, isOver)
    try {
      await Promise.all([client.connect(), listener.connect()]).catch((error: unknown) => {
        throw new Error(`Redis cannot be reached at ${placeOf(target)}: ${first.fault ?? wordsOf(error)}.`)
      })
      await connection.#check(target)
      await connection.#load()
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  /** Calls a function of the library on a domain's keys. @throws UNAVAILABLE while Redis cannot serve */
  async call(name: string, domain: string, args: readonly (string | number)[] = []): Promise<unknown> {
    const call = (): Promise<unknown> => this.#client.fcall(`hydra_${name}`, 1, this.keys.pending(domain), ...args)
    return this.ask(async () => {
      try {
        return await call()
      } catch (error) {
        if (!isMissingFunction(error)) throw error
        // A server that came back without its functions: they are not saved where nothing is.
        await this.#load()
        return call()
      }
    })
  }

  /** A command of Redis's own. @throws UNAVAILABLE while Redis cannot serve */
  async ask<T>(command: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await command(this.#client)
    } catch (error) {
      throw asUnavailable(error)
    }
  }

  close(): void {
    this.#isClosed = true
    this.ears.close()
    leave(this.#client)
  }

  #masters(): readonly Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client]
  }

  async #check(target: RedisTarget): Promise<void> {
    for (const master of this.#masters()) {
      const replicas = await replicaRules(master)
      const fault = faultOfServer({ info: await master.info(), replicas }, placeOf(target), target.kind !== 'single')
      if (fault !== null) throw new Error(fault)
    }
  }

  /** Sees to it that every master has our functions, or newer ones. */
  #load(): Promise<void> {
    this.#loading ??= Promise.all(this.#masters().map(loadInto))
      .then(() => {})
      .finally(() => {
        this.#loading = null
      })
    return this.#loading
  }
}

async function loadInto(master: Redis): Promise<void> {
  const version = await master.fcall('hydra_version', 0).catch((error: unknown) => {
    if (isMissingFunction(error)) return ''
    throw error
  })
  if (isOlder(String(version))) await master.function('LOAD', 'REPLACE', librarySource)
}

async function replicaRules(master: Redis): Promise<{ toWrite: number; maxLag: number } | null> {
  try {
    const of = async (name: string): Promise<number> => {
      const answer: unknown = await master.config('GET', name)
      return Array.isArray(answer) ? Number(answer[1]) : Number.NaN
    }
    return { toWrite: await of('min-replicas-to-write'), maxLag: await of('min-replicas-max-lag') }
  } catch {
    // Managed servers forbid CONFIG.
    return null
  }
}

/** Keeps a client's errors from ending the process, and tells when the server goes and comes back. */
function watch(
  client: Client,
  target: RedisTarget,
  log: Log | null,
  isOver: () => boolean,
): { readonly fault: string | null } {
  const seen: { fault: string | null } = { fault: null }
  let isAway: boolean | null = null
  client.on('error', (error: unknown) => {
    seen.fault ??= wordsOf(error)
  })
  client.on('ready', () => {
    if (isAway) log?.info('Redis is there again', { at: placeOf(target) })
    isAway = false
  })
  client.on('close', () => {
    if (isAway === false && !isOver())
      log?.warn('the connection to Redis is lost; trying again', { at: placeOf(target) })
    isAway = true
  })
  return seen
}

/** What went wrong, in words; the node's own where a cluster only says that it failed. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = 'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : error
  // OpenSSL's own messages name its source files; the reason stands beside.
  const said = 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : cause.message
  const words = said.replace(/\.$/, '')
  // Node's own advice is for its command line.
  return isUntrusted(cause)
    ? `${words.split(';')[0]}: name the file of the certificate that signed it in REDIS_URL, as ?tls_ca_file=FILE`
    : words
}

/** By OpenSSL's names: the certificate is signed by itself, or by one that this machine does not know. */
const isUntrusted = (error: Error): boolean =>
  'code' in error && /SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)/.test(String(error.code))
