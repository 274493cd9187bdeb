import { constants } from 'node:os'
import type { Libc } from './libc.ts'
import type { Leader } from './orphans.ts'
import { PosixSpawn } from './posix-spawn.ts'
import { processFacts } from './proc.ts'
import type { Processes, SpawnFailure, SpawnOrder, Tree, TreeEvents } from './processes.ts'
import { Subreaper } from './subreaper.ts'

const setDumpable = 4
const clockBoottime = 7
const nanosecondsPerTick = 10_000_000

/** Linux with glibc: posix_spawn starts, a child subreaper finds all that is left. */
export class PosixProcesses implements Processes {
  readonly spawner = 'posix_spawn'
  readonly killLevel = 'subreaper'
  readonly #libc: Libc
  readonly #spawn: PosixSpawn
  readonly #reaper: Subreaper
  readonly #time = Buffer.alloc(16)

  /** Throws when it does not work on this machine: found by starting something. */
  constructor(libc: Libc) {
    this.#libc = libc
    this.#spawn = new PosixSpawn(libc)
    this.#probe()
    this.#reaper = new Subreaper(libc)
    // A job could read /proc/PPID/environ and memory otherwise. From here on our own /proc/self is root's, too.
    libc.prctl(setDumpable, 0, 0, 0, 0)
  }

  spawn(order: SpawnOrder, events: TreeEvents): Tree | SpawnFailure {
    const earliest = this.#ticks()
    const spawned = this.#spawn.spawn(order)
    if (!('pid' in spawned)) return spawned
    const { pid, stdout, stderr } = spawned
    // While a program is being loaded a look at its /proc takes half a millisecond, three times the spawn: we look only
    // where the clock does not say it. Even a process that is dead has its start time: it is not reaped before we say so.
    const start = this.#ticks() === earliest ? earliest : (processFacts(pid)?.start ?? -1)
    const leader: Leader = { pid, start, run_id: order.run_id, attempt: order.attempt, events, exited: false }
    this.#reaper.add(leader)
    const signal = (name: 'SIGTERM' | 'SIGKILL'): void => this.#reaper.signal(leader, constants.signals[name])
    return { pid, start, stdout, stderr, signal }
  }

  #probe(): void {
    const shell = { file: 'sh', path: '/bin/sh', args: ['-c', 'exit 7'], env: {}, cwd: '/', verbatim: false }
    const spawned = this.#spawn.spawn({ run_id: '', attempt: 0, ...shell })
    if (!('pid' in spawned)) {
      // A machine without a shell: the call itself works.
      if (spawned.errno === 'ENOENT') return
      throw new Error(`posix_spawn fails: ${spawned.errno}`)
    }
    const status = [0]
    this.#libc.waitpid(spawned.pid, status, 0)
    spawned.stdout.close()
    spawned.stderr.close()
    if (status[0] !== 7 << 8)
      throw new Error(`a process started by posix_spawn ended with the wait status ${status[0]}`)
  }

  /** The time since boot in the unit of a process's start time: proc(5), USER_HZ is 100 on both machines. */
  #ticks(): number {
    this.#libc.clockGettime(clockBoottime, this.#time)
    const seconds = Number(this.#time.readBigInt64LE(0))
    return seconds * 100 + Math.floor(Number(this.#time.readBigInt64LE(8)) / nanosecondsPerTick)
  }
}
