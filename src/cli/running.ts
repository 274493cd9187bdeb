import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Identity, isAlive, ownIdentity } from '../supervisor/identity.ts'

/** Says where the server of a data directory is, for commands on the same machine. */
const fileIn = (dataDir: string): string => join(dataDir, 'server.json')

/** The addresses that a server listens on, but that nobody can ask. */
const anyAddress: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }

/** Where somebody on this machine asks a server that listens on this URL. */
export function askable(url: string): string {
  const address = new URL(url)
  address.hostname = anyAddress[address.hostname] ?? address.hostname
  return address.origin
}

/** Writes down that this process serves. Mode 0600; whole or not at all. @returns how to take it back */
export function announce(dataDir: string, url: string): () => void {
  const file = fileIn(dataDir)
  writeFileSync(`${file}.new`, `${JSON.stringify({ url: askable(url), ...ownIdentity() })}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return () => rmSync(file, { force: true })
}

/**
 * Where the server of this data directory is; null where none runs. A file that a killed server left is not believed:
 * another's program may listen on that port by now, and must not be sent a token.
 */
export function localServer(dataDir: string): string | null {
  try {
    const read: Partial<Identity & { url: string }> = JSON.parse(readFileSync(fileIn(dataDir), 'utf8'))
    const { url, pid, start = null, boot = '' } = read
    return typeof url === 'string' && typeof pid === 'number' && isAlive({ pid, start, boot }) ? url : null
  } catch {
    return null
  }
}
