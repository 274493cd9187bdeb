import { readFileSync } from 'node:fs'
import nodeProcess from 'node:process'
import type { Millis } from '../model/time.ts'

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type StopSignal = (typeof stopSignals)[number]

/** Why the process shall stop. */
export type StopReason = StopSignal | 'parent gone'

/** What is used of a process; `process` is one. */
export interface SignalSource {
  readonly ppid: number
  readonly platform: NodeJS.Platform
  on(signal: StopSignal, listener: () => void): unknown
  off(signal: StopSignal, listener: () => void): unknown
  /** Throws where the pid is gone, with signal 0. */
  kill(pid: number, signal: 0): unknown
}

export interface SignalOptions {
  /** Called once, for the first reason: drain, then exit. */
  readonly onStop: (reason: StopReason) => void
  /** Called once, for a signal that comes more than a second after the first: end at once. */
  readonly onStopNow: (signal: StopSignal) => void
  /** Whether npm started this process; only then is the parent watched. */
  readonly startedByNpm: boolean
  readonly process?: SignalSource
  /** Monotonic, in ms. */
  readonly now?: () => Millis
  /** Reads a file of `/proc`; throws where it is not. */
  readonly readProc?: (path: string) => string
}

/** npm passes Ctrl-C on to a process that the terminal has told already: the second of a pair is no impatience. */
const pairWithin: Millis = 1000
const parentCheckEvery: Millis = 1000

/**
 * Turns SIGINT, SIGTERM and SIGHUP into `onStop`, a later repeat into `onStopNow`, and, under npm, the parent's end into
 * `onStop` too: npm passes neither SIGTERM nor SIGHUP on to a script, so a server would outlive `npm start` and hold its
 * port. The returned function takes all of it off again.
 */
export function watchSignals(options: SignalOptions): () => void {
  const { onStop, onStopNow, startedByNpm, process = nodeProcess, now = () => performance.now() } = options
  let firstAt: Millis | null = null
  let isHurried = false

  const onSignal = (signal: StopSignal): void => {
    if (firstAt === null) {
      firstAt = now()
      onStop(signal)
    } else if (!isHurried && now() - firstAt > pairWithin) {
      isHurried = true
      onStopNow(signal)
    }
  }
  const listeners = stopSignals.map((signal) => ({ signal, listener: () => onSignal(signal) }))
  for (const { signal, listener } of listeners) process.on(signal, listener)

  const unwatchParent = startedByNpm
    ? watchParent(process, options.readProc ?? readText, () => {
        // Where a signal came first, npm ends because of the same signal: that is no second wish.
        if (firstAt !== null) return
        firstAt = now()
        onStop('parent gone')
      })
    : () => {}

  return () => {
    unwatchParent()
    for (const { signal, listener } of listeners) process.off(signal, listener)
  }
}

const readText = (path: string): string => readFileSync(path, 'latin1')

function watchParent(process: SignalSource, readProc: (path: string) => string, onGone: () => void): () => void {
  const parent = process.ppid
  const shellsParent = parentOfShell(parent, process.platform, readProc)
  const isGone = (): boolean =>
    process.ppid !== parent ||
    (process.platform === 'win32' && !isAlive(process, parent)) ||
    (shellsParent !== null && parentOf(parent, readProc) !== shellsParent)
  const timer = setInterval(() => {
    if (!isGone()) return
    clearInterval(timer)
    onGone()
  }, parentCheckEvery)
  timer.unref()
  return () => clearInterval(timer)
}

/** Windows gives an orphan no other parent: its parent's pid is just no longer there. */
function isAlive(process: SignalSource, pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const shells: readonly string[] = ['sh', 'bash', 'dash', 'ash', 'busybox', 'zsh', 'ksh']

/** npm runs a script by `sh -c`. A shell that stays between the two outlives npm, so npm itself is looked at then. */
function parentOfShell(pid: number, platform: NodeJS.Platform, readProc: (path: string) => string): number | null {
  if (platform !== 'linux') return null
  try {
    return shells.includes(readProc(`/proc/${pid}/comm`).trim()) ? parentOf(pid, readProc) : null
  } catch {
    return null
  }
}

/** The parent's pid is the fourth field of `/proc/PID/stat`; the third follows the last `)`. null when the process is gone. */
function parentOf(pid: number, readProc: (path: string) => string): number | null {
  try {
    const stat = readProc(`/proc/${pid}/stat`)
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}
