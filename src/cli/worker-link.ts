import { HttpLink } from '../links/http/http.ts'
import { RedisLink } from '../links/redis/redis.ts'
import type { Link } from '../ports/link.ts'
import { RedisConnection } from '../redis/connection.ts'
import type { Log } from '../runtime/log.ts'
import { reason } from './data-folder.ts'
import { exitCodes } from './exit-codes.ts'
import { Refusal } from './refusal.ts'
import { untilThere } from './stores.ts'

/** The way of a worker to the control plane. */
export interface OpenedLink {
  readonly link: Link
  close(): void
}

/**
 * Opens it: over HTTP where schedulers are named, else through Redis.
 * @throws Refusal with a sentence where it cannot be
 */
export async function openLink({
  servers,
  redisUrl,
  token,
  patience,
  log,
}: {
  readonly servers: readonly string[]
  readonly redisUrl: string
  readonly token: string
  /** Until when a Redis that is away is waited for; null: not at all. */
  readonly patience: AbortSignal | null
  readonly log: Log
}): Promise<OpenedLink> {
  if (servers.length > 0) return { link: new HttpLink({ servers: servers.map(addressOf), token }), close: () => {} }
  const open = (): Promise<RedisConnection> => RedisConnection.open(redisUrl, log)
  const redis = await untilThere(open, patience, log).catch((error: unknown) => {
    throw new Refusal(`${reason(error).replace(/\.$/, '')}; a worker that reaches schedulers alone takes --server.`)
  })
  // A Redis that is away must not end what runs as long as a scheduler can be reached.
  const link = new RedisLink(redis, token, (known, secret) => new HttpLink({ servers: known, token, secret }))
  return { link, close: () => link.close() }
}

/** @throws Refusal for what is no address of a scheduler */
function addressOf(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new Refusal(`"${given}" is not the address of a scheduler, such as http://scheduler:8000.`, exitCodes.usage)
  return given
}
