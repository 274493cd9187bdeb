import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'

/** Linux: what /proc says about processes. Every function gives null or nothing where the process is gone. */
export interface ProcessFacts {
  readonly pid: number
  /** `Z`: dead and not reaped. */
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** In clock ticks since boot: with the boot id it tells a process from a later one of the same pid. */
  readonly start: number
}

const scratch = Buffer.alloc(4096)

/** Source: proc(5), /proc/pid/stat. The name in parentheses may itself contain blanks and parentheses. */
export function processFacts(pid: number): ProcessFacts | null {
  const text = readSmall(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    start: Number(fields[19]),
  }
}

/** readFileSync would ask for the file's size and read in a loop; /proc's small files come in one read. */
function readSmall(path: string): string | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    return scratch.toString('latin1', 0, readSync(fd, scratch, 0, scratch.length, 0))
  } catch {
    return null
  } finally {
    closeSync(fd)
  }
}

export const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/** All children of a process, whichever of its threads forked them. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => pids(readText(`/proc/${pid}/task/${task}/children`)))
  } catch {
    return []
  }
}

/** Everything below a process, nearest first. @param limit a process that forks without end must not hold us as long */
export function descendantsOf(pid: number, limit = 10_000): number[] {
  const found: number[] = []
  let layer = childrenOf(pid)
  while (layer.length > 0 && found.length < limit) {
    found.push(...layer)
    layer = layer.flatMap(childrenOf)
  }
  return found
}

/** `NAME=value` of the environment that a process was started with; empty where we may not look. */
export function environmentOf(pid: number): ReadonlyMap<string, string> {
  const pairs = readText(`/proc/${pid}/environ`).split('\0')
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

/** Every process of the machine that we can see. */
export const allPids = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)

export const pids = (text: string): number[] => text.split(' ').filter(Boolean).map(Number)

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
