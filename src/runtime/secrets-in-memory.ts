import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import process from 'node:process'

/** What could be done; on other systems than Linux, and where the machine refuses, both are false and all goes on. */
export interface Hidden {
  /** Whether `/proc/PID/environ` shows the values no more, to root neither. */
  readonly erased: boolean
  /** Whether others of this user are kept from reading this process's memory and `/proc/PID/environ`. */
  readonly undumpable: boolean
}

/**
 * Keeps secrets from the jobs that run as this process's own user. What a process was started with stays readable in
 * `/proc/PID/environ` however often `process.env` is changed, because the kernel shows the memory of its start: so the
 * values are overwritten there. Then the process is made non-dumpable, which takes its memory from everyone but root.
 *
 * To be called when the variables are read and *before* they are deleted from `process.env`, which may be the same
 * memory. Afterwards the process itself cannot read its own `/proc/self/environ` and `io`, unless it is root.
 */
export function hideProcess(names: readonly string[]): Hidden {
  if (process.platform !== 'linux') return { erased: false, undumpable: false }
  return { erased: succeeds(() => eraseFromStart(names)), undumpable: succeeds(forbidDumps) }
}

function succeeds(act: () => boolean): boolean {
  try {
    return act()
  } catch {
    return false
  }
}

/** proc(5): env_start and env_end are the fields 50 and 51 of `/proc/PID/stat`; the third follows the name's last `)`. */
function startEnvironment(): { start: number; length: number } {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [start, end] = [Number(fields[50 - 3]), Number(fields[51 - 3])]
  if (!(start > 0 && end > start)) throw new Error('The kernel does not tell where the environment lies.')
  return { start, length: end - start }
}

/**
 * Writes NUL over the values. Through `/proc/self/mem` and not over libc's `environ`: that lists what is set *now*, and
 * a variable that was set anew or deleted left its first value behind.
 */
function eraseFromStart(names: readonly string[]): boolean {
  const { start, length } = startEnvironment()
  const memory = openSync('/proc/self/mem', 'r+')
  try {
    const block = Buffer.alloc(length)
    if (readSync(memory, block, 0, length, start) !== length) return false
    for (const { from, to } of valuesIn(block, names))
      writeSync(memory, Buffer.alloc(to - from), 0, to - from, start + from)
    readSync(memory, block, 0, length, start)
    return valuesIn(block, names).length === 0
  } finally {
    closeSync(memory)
  }
}

/** Where in a block of `NAME=value\0` the values of these names lie, those that are not empty. */
function valuesIn(block: Buffer, names: readonly string[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = []
  for (let at = 0; at < block.length; ) {
    const end = block.indexOf(0, at)
    const to = end === -1 ? block.length : end
    const equals = block.indexOf('=', at)
    if (equals !== -1 && equals < to - 1 && names.includes(block.toString('latin1', at, equals)))
      found.push({ from: equals + 1, to })
    at = to + 1
  }
  return found
}

/** prctl(2). */
const PR_SET_DUMPABLE = 4

function forbidDumps(): boolean {
  // Loaded here, since a system without its binary must still start.
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
  const prctl = koffi
    .load(null)
    .func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)')
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) === 0
}
