import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HydraClient } from '../client/index.ts'
import { type ClientConfig, readClientConfig } from '../runtime/client-config.ts'
import { exitCodes } from './exit-codes.ts'
import { Refusal } from './refusal.ts'
import { localServer } from './running.ts'
import { tokenIn } from './token-file.ts'

/** Which server a command asks, as its options say. */
export interface ServerChoice {
  readonly server?: string
  readonly apiBase?: string
  readonly tokenFile?: string
  readonly domain?: string
}

/** Where a server listens unless it is told otherwise. */
const usual = 'http://127.0.0.1:8000'

/** The client of the server that is meant. @throws Refusal where there is none */
export const findServer = (choice: ServerChoice): HydraClient =>
  new HydraClient({ ...serverFor(choice, readClientConfig()), domain: choice.domain ?? null, retries: 2 })

/**
 * Which server is meant, and what lets one in: a flag before the environment, before the server that runs on this machine.
 * @throws Refusal where there is none
 */
export function serverFor(
  choice: ServerChoice,
  config: ClientConfig,
): { readonly server: string; readonly token: string | null } {
  const local = localServer(config.dataDir)
  const named = choice.server ?? choice.apiBase ?? config.apiBase
  const given = choice.tokenFile === undefined ? config.apiToken : tokenIn(choice.tokenFile)
  const server = named === null ? (local ?? (given === null ? null : usual)) : addressIn(named)
  if (server === null)
    throw new Refusal(
      'No server runs here: start one with `hydra up`, or say where one is with --server or API_BASE.',
      exitCodes.unreachable,
    )
  // What lets one in here is for the server here alone.
  const token = given ?? (isSame(server, local) ? localToken(config) : null)
  return { server, token }
}

function addressIn(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '') return text
  throw new Refusal(
    `${JSON.stringify(text)} is not the address of a server, such as https://jobs.example.com.`,
    exitCodes.usage,
  )
}

const isSame = (server: string, local: string | null): boolean =>
  local !== null && loopback(new URL(server)) === loopback(new URL(local))

const loopback = ({ protocol, hostname, port }: URL): string =>
  `${protocol}//${/^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) ? 'here' : hostname}:${port}`

/** The admin token that `hydra up` keeps; or the one that it was given, where this shell has it too. */
function localToken({ dataDir, adminToken }: ClientConfig): string | null {
  if (adminToken !== null) return adminToken
  try {
    return readFileSync(join(dataDir, 'admin_token'), 'utf8').trim() || null
  } catch {
    return null
  }
}
