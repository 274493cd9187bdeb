import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { constants } from 'node:os'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { processFacts } from './proc.ts'
import type { Pipe, Processes, SpawnFailure, SpawnOrder, Tree, TreeEvents } from './processes.ts'

const pollEvery = 50
/** A group that still seems to be there this long after KILL consists of zombies that nobody reaps. */
const patience = 2000

/** What Node itself offers, on every system. A process that leaves its group (setsid) is not found any more. */
export class PlainProcesses implements Processes {
  readonly spawner = 'child_process'
  readonly killLevel = 'group'

  spawn(order: SpawnOrder, events: TreeEvents): Tree | SpawnFailure {
    try {
      return started(order, events)
    } catch (error) {
      // E2BIG and a few others are thrown, where ENOENT, EACCES and EAGAIN come as an event.
      return { errno: codeOf(error) }
    }
  }
}

function started(order: SpawnOrder, events: TreeEvents): Tree | SpawnFailure {
  const { path, cwd, file, verbatim } = order
  const child = spawn(path, [...order.args], {
    argv0: file,
    cwd,
    env: { ...order.env },
    // A session of its own (setsid), so that a signal reaches the job's whole group and none of ours reaches it.
    detached: true,
    windowsHide: true,
    windowsVerbatimArguments: verbatim,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.on('error', () => {})
  const { pid, stdout, stderr } = child
  // The code comes with a later event; whoever words the failure looks at the files themselves.
  if (pid === undefined || stdout === null || stderr === null) return { errno: null }
  const group = new Group(child, pid, events)
  const start = process.platform === 'linux' ? (processFacts(pid)?.start ?? null) : null
  return { pid, start, stdout: pipeOf(stdout), stderr: pipeOf(stderr), signal: (name) => group.signal(name) }
}

class Group {
  readonly #pid: number
  readonly #events: TreeEvents
  #exited = false
  #killedAt = Number.POSITIVE_INFINITY

  constructor(child: ChildProcess, pid: number, events: TreeEvents) {
    this.#pid = pid
    this.#events = events
    child.on('exit', (code, signal) => {
      this.#exited = true
      const alone = process.platform === 'win32' || !signalGroup(this.#pid, 0)
      events.exited(signal === null ? (code ?? 0) : -constants.signals[signal], alone)
      if (!alone) this.#poll()
    })
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (name === 'SIGKILL') this.#killedAt = Math.min(this.#killedAt, performance.now())
    if (process.platform === 'win32') endOnWindows(this.#pid, name, this.#exited)
    else signalGroup(this.#pid, name)
  }

  #poll(): void {
    const hopeless = performance.now() - this.#killedAt > patience
    if (hopeless || !signalGroup(this.#pid, 0)) this.#events.emptied()
    else setTimeout(() => this.#poll(), pollEvery)
  }
}

/** @returns whether the group exists. */
function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch (error) {
    // macOS answers EPERM for a group of zombies.
    return codeOf(error) !== 'ESRCH' && process.platform !== 'darwin'
  }
}

/** Windows knows no TERM: without /F taskkill asks windows to close, which a console program never hears. */
function endOnWindows(pid: number, name: 'SIGTERM' | 'SIGKILL', exited: boolean): void {
  if (exited) return
  const force = name === 'SIGKILL' ? ['/F'] : []
  execFile('taskkill', ['/T', ...force, '/PID', String(pid)], { windowsHide: true }, () => {})
}

function pipeOf(stream: Readable): Pipe {
  return {
    listen(onData, onEnd) {
      stream.on('data', onData)
      stream.on('error', () => {})
      stream.once('close', onEnd)
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    close: () => stream.destroy(),
  }
}

const codeOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
