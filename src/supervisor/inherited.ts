import { closeSync, readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'

const closeOnExec = 0o2000000

/**
 * Closes what the process that started us left open: a job would inherit it (Node marks as close-on-exec what it opens
 * itself, and of what it finds only the first few). Elsewhere than on Linux the system's way to spawn passes nothing on.
 */
export function closeInherited(): void {
  if (process.platform !== 'linux') return
  for (const fd of readdirSync('/proc/self/fd').map(Number)) if (fd > 2 && isPassedOn(fd)) closeSync(fd)
}

/** Source: proc(5), /proc/pid/fdinfo; flags are octal. A descriptor that is gone is passed on to nobody. */
function isPassedOn(fd: number): boolean {
  try {
    const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0
  } catch {
    return false
  }
}
