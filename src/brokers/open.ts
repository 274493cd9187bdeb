import type { Broker } from '../ports/broker.ts'

/**
 * Opens a broker by its URL; `memory:` is the one of this process alone. A driver is loaded when it is asked for.
 * @throws with a sentence where this version has no driver for the URL
 */
export async function openBroker(url: string): Promise<Broker> {
  const scheme = url.slice(0, url.indexOf(':'))
  if (scheme !== 'memory') throw new Error(`This version has no broker for ${scheme}://; leave REDIS_URL unset.`)
  const { MemoryBroker } = await import('./memory/memory.ts')
  return new MemoryBroker()
}
