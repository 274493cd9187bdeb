import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Millis } from '../model/time.ts'
import type { RedisTarget, TlsFiles } from './url.ts'

export type Client = Redis | Cluster

/** No command of ours takes a millisecond: an answer that is this late will not come. */
const answerWithin: Millis = 3000
const connectWithin: Millis = 5000

/**
 * A client that is not connected yet. While the server is away commands fail at once: what waits does so in the store,
 * never in a queue of this process; and none is sent again by itself, since it may have been done.
 * @throws where a file that TLS needs cannot be read
 */
export function makeClient(target: RedisTarget, name: string): Client {
  return target.kind === 'cluster' ? clusterClient(target, name) : singleClient(target, name)
}

/** Ends its connections, whatever state they are in. */
export function leave(client: Client): void {
  // One that is ended while it shakes hands over TLS may fail twice, and the library hears the first alone.
  for (const { stream } of client instanceof Cluster ? client.nodes() : [client]) stream?.on('error', () => {})
  client.disconnect()
}

const pause = (times: number): Millis => Math.min(50 * 2 ** Math.min(times, 5), 1000)

/** What every connection of a node is like. */
function common({ username, password, tls }: RedisTarget, name: string): RedisOptions {
  return {
    connectionName: name,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls === null ? {} : { tls: tlsOptions(tls) }),
    // RESP2 is what every server of version 7 and its kin speaks, also where HELLO is forbidden.
    protocol: 2,
    disableClientInfo: true,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    commandTimeout: answerWithin,
    // A connection that is dead without a word (a cable, a firewall) is given up, and made anew.
    socketTimeout: answerWithin + 1000,
    connectTimeout: connectWithin,
    // A server that was demoted by a failover says so: the connection goes to the new master.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  }
}

const tlsOptions = ({ ca, cert, key }: TlsFiles): ConnectionOptions => ({
  ...(ca === null ? {} : { ca: contentOf(ca, 'tls_ca_file') }),
  ...(cert === null ? {} : { cert: contentOf(cert, 'tls_cert_file') }),
  ...(key === null ? {} : { key: contentOf(key, 'tls_key_file') }),
})

function contentOf(file: string, option: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`The ${option} of REDIS_URL cannot be read: ${why}.`, { cause: error })
  }
}

function singleClient(target: RedisTarget, name: string): Redis {
  const { kind, addresses, db, sentinel } = target
  const [first] = addresses
  const where: RedisOptions =
    kind === 'sentinel'
      ? {
          sentinels: addresses.map(({ host, port }) => ({ host, port })),
          name: target.name,
          sentinelRetryStrategy: pause,
          ...(sentinel.username === null ? {} : { sentinelUsername: sentinel.username }),
          ...(sentinel.password === null ? {} : { sentinelPassword: sentinel.password }),
          ...(target.tls === null ? {} : { sentinelTLS: tlsOptions(target.tls), enableTLSForSentinelMode: true }),
        }
      : { host: first?.host ?? 'localhost', port: first?.port ?? 6379 }
  return new Redis({
    ...common(target, name),
    ...where,
    db,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: pause,
  })
}

function clusterClient(target: RedisTarget, name: string): Cluster {
  return new Cluster(
    target.addresses.map(({ host, port }) => ({ host, port })),
    {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: pause,
      redisOptions: { ...common(target, name), autoResubscribe: true },
      ...(target.tls ? { dnsLookup: (address, told) => told(null, address) } : {}),
    },
  )
}
