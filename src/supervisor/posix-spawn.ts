import { openSync } from 'node:fs'
import { FdPipe } from './fd-pipe.ts'
import { errorCodes, type Libc } from './libc.ts'
import type { Pipe, SpawnFailure, SpawnOrder } from './processes.ts'

const closeOnExec = 0o2000000
const [setSigDefault, setSigMask, setSession] = [0x04, 0x08, 0x80]

/** A process just started, and our ends of its pipes. */
export interface Spawned {
  readonly pid: number
  readonly stdout: Pipe
  readonly stderr: Pipe
}

/**
 * glibc's posix_spawn: unlike fork it does not copy the page tables of this process, and takes 0.15 ms where
 * `child_process.spawn` takes 0.9. Its structs have 336 and 80 bytes on 64-bit machines; more are given.
 */
export class PosixSpawn {
  readonly #libc: Libc
  readonly #attributes = Buffer.alloc(1024)
  readonly #plan = Buffer.alloc(512)
  readonly #nothing = openSync('/dev/null', 'r')
  readonly #out = [0, 0]
  readonly #err = [0, 0]
  readonly #pid = [0]
  /** What C reads during a call, held where no clever compiler lets go of it. */
  #lent: Buffer[] = []

  constructor(libc: Libc) {
    this.#libc = libc
    const [every, none] = [Buffer.alloc(128), Buffer.alloc(128)]
    libc.sigfillset(every)
    libc.attrInit(this.#attributes)
    // Node ignores SIGPIPE, and a job would inherit that: `yes | head -1` under pipefail would end in 1, not in 141.
    libc.attrSetFlags(this.#attributes, setSession | setSigDefault | setSigMask)
    libc.attrSetSigDefault(this.#attributes, every)
    libc.attrSetSigMask(this.#attributes, none)
  }

  spawn(order: SpawnOrder): Spawned | SpawnFailure {
    const [libc, out, err] = [this.#libc, this.#out, this.#err]
    if (libc.pipe2(out, closeOnExec) !== 0) return { errno: this.#errno(libc.errno()) }
    if (libc.pipe2(err, closeOnExec) !== 0) {
      const errno = this.#errno(libc.errno())
      this.#close(...out)
      return { errno }
    }
    const failed = this.#start(order)
    this.#close(at(out, 1), at(err, 1))
    if (failed === 0) return { pid: at(this.#pid, 0), stdout: new FdPipe(at(out, 0)), stderr: new FdPipe(at(err, 0)) }
    this.#close(at(out, 0), at(err, 0))
    return { errno: this.#errno(failed) }
  }

  #start(order: SpawnOrder): number {
    const [libc, plan] = [this.#libc, this.#plan]
    libc.actionsInit(plan)
    libc.actionsDup2(plan, this.#nothing, 0)
    libc.actionsDup2(plan, at(this.#out, 1), 1)
    libc.actionsDup2(plan, at(this.#err, 1), 2)
    libc.actionsChdir(plan, order.cwd)
    const environment = Object.entries(order.env).map(([name, value]) => `${name}=${value}`)
    const envp = this.#strings(environment)
    const argv = this.#strings([order.file, ...order.args])
    let failed = libc.posixSpawn(this.#pid, order.path, plan, this.#attributes, argv, envp)
    if (errorCodes[failed] === 'ENOEXEC') {
      // A script without a first line that names its interpreter: as execvp(3) and every shell do.
      const shell = this.#strings(['sh', order.path, ...order.args])
      failed = libc.posixSpawn(this.#pid, '/bin/sh', plan, this.#attributes, shell, envp)
    }
    libc.actionsDestroy(plan)
    this.#lent = []
    return failed
  }

  /** A C array of C strings; none of them may contain NUL. */
  #strings(list: readonly string[]): Buffer {
    const text = Buffer.from(list.length === 0 ? '\0' : `${list.join('\0')}\0`)
    const pointers = Buffer.alloc(8 * (list.length + 1))
    const address = this.#libc.address(text)
    let from = 0
    for (let i = 0; i < list.length; i += 1) {
      pointers.writeBigUInt64LE(address + BigInt(from), i * 8)
      from = text.indexOf(0, from) + 1
    }
    this.#lent.push(text, pointers)
    return pointers
  }

  #close(...fds: number[]): void {
    for (const fd of fds) this.#libc.close(fd)
  }

  #errno(errno: number): string | null {
    return errorCodes[errno] ?? null
  }
}

const at = (pair: readonly number[], i: number): number => pair[i] ?? -1
