import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import type { Folder } from './folder.ts'
import type { Libc } from './libc.ts'
import { isRecord } from './orders.ts'
import { bootId, processFacts } from './proc.ts'

/** A process, told apart from a later one of the same pid. */
export interface Identity {
  readonly pid: number
  /** Clock ticks since boot; null where there is no /proc. */
  readonly start: number | null
  readonly boot: string
}

export const ownIdentity = (): Identity => ({
  pid: process.pid,
  start: processFacts(process.pid)?.start ?? null,
  boot: bootId(),
})

/** Whether this very process lives. Without /proc: whether any process has its pid. */
export function isAlive({ pid, start, boot }: Identity): boolean {
  if (start === null) return answersToSignals(pid)
  const facts = boot === bootId() ? processFacts(pid) : null
  return facts !== null && facts.start === start && facts.state !== 'Z'
}

function answersToSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Who owns the folder, or owned it last. */
export function readIdentity(folder: Folder): Identity | null {
  try {
    const value: unknown = JSON.parse(readFileSync(folder.pid, 'utf8'))
    if (!isRecord(value)) return null
    const { pid, start, boot } = value
    if (typeof pid !== 'number' || (typeof start !== 'number' && start !== null) || typeof boot !== 'string')
      return null
    return { pid, start, boot }
  } catch {
    return null
  }
}

const exclusiveWithoutWaiting = 2 | 4

/**
 * Makes this process the folder's owner until it ends. By a lock on the pid file, which the kernel lets go of however we
 * end; without glibc by what the file says.
 * @returns whether it is ours
 */
export function ownFolder(folder: Folder, libc: Libc | null): boolean {
  const lock = openSync(`${folder.pid}.lock`, 'a', 0o600)
  const before = readIdentity(folder)
  const taken = libc === null ? before !== null && isAlive(before) : libc.flock(lock, exclusiveWithoutWaiting) !== 0
  if (taken) {
    closeSync(lock)
    return false
  }
  const next = `${folder.pid}.new`
  writeFileSync(next, JSON.stringify(ownIdentity()), { mode: 0o600 })
  renameSync(next, folder.pid)
  return true
}
