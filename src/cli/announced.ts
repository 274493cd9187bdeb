import { isIPv6 } from 'node:net'
import { ownAddress } from '../worker/facts.ts'

/** Addresses that stand for all of a machine. */
const all: readonly string[] = ['0.0.0.0', '::', '[::]']

/**
 * Where workers of other machines reach this scheduler over HTTP. What it listens on is asked, not what it says of itself: of a server
 * that listens on all addresses Node names the loopback one.
 * @param host what it listens on  @param port as it was bound  @param own this machine's address, for a server that listens on all
 */
export function announced(host: string, port: string, own: () => string = ownAddress): string {
  const at = all.includes(host) ? own() : host
  return `http://${isIPv6(at) ? `[${at}]` : at}:${port}`
}
