import { rmSync, writeFileSync } from 'node:fs'
import type { Budget } from './budget.ts'
import { Deadline } from './deadline.ts'
import { type Folder, scriptPath, spoolPath } from './folder.ts'
import type { EndNote, Start } from './messages.ts'
import { Output } from './output.ts'
import { PipeFlow } from './pipe-flow.ts'
import { isTree, type Processes, type Tree } from './processes.ts'
import { findProgram, hasNul, type Program, whyNotStarted } from './program.ts'
import type { Frame } from './spool.ts'
import type { WorkFolders } from './work-folders.ts'

/** What is left of a tree after its first process has this long between TERM and KILL; ms. */
const graceOfTheRest = 2000
/** After the last process, for the ends of the pipes: one that escaped may hold them; ms. */
const patienceWithPipes = 2000
/** KILL is repeated for what was forked meanwhile; ms. */
const killEvery = 50

export interface AttemptHost {
  readonly folder: Folder
  readonly processes: Processes
  readonly budget: Budget
  readonly workFolders: WorkFolders
  chunk(attempt: Attempt, frame: Frame): void
  ended(attempt: Attempt, note: EndNote): void
}

const noFolder = 'no folder could be made for it: the disk is full, or not writable'
const noScript = 'its script could not be written: the disk is full, or not writable'

type Cause = EndNote['cause']

/** One attempt from its start to the note of its end. The first cause of an end wins. */
export class Attempt {
  readonly order: Start
  readonly output: Output
  readonly spool: string
  readonly #host: AttemptHost
  readonly #killing = new Deadline(() => this.#kill())
  readonly #timeout = new Deadline(() => this.#end('timeout', this.order.grace))
  readonly #pipesEnd = new Deadline(() => this.#flow?.close())
  #ownFolder: string | null = null
  #script: string | null = null
  #flow: PipeFlow | null = null
  #tree: Tree | null = null
  #cause: Cause | null = null
  #returncode: number | null = null
  #startTs: number | null = null
  #endTs = 0
  #empty = false
  #finished = false

  constructor(order: Start, host: AttemptHost) {
    this.order = order
    this.#host = host
    this.spool = spoolPath(host.folder, order.run_id, order.token)
    this.output = new Output(order, this.spool, (frame) => host.chunk(this, frame))
  }

  get startTs(): number | null {
    return this.#startTs
  }

  /** Starts its process. @returns it; null when it could not be started: then the note of that end is on its way */
  start(): Tree | null {
    const { file, args, env, timeout } = this.order
    if (!this.#writeScript()) return this.refuse(noScript)
    const cwd = this.order.cwd ?? this.#makeFolder()
    const started = cwd === null ? noFolder : this.#spawn({ file, args, env, cwd })
    if (typeof started === 'string') return this.refuse(started)
    this.#startTs = Date.now()
    this.#tree = started
    this.#flow = new PipeFlow(started, this.output, this.#host.budget, () => this.#finishIfOver())
    if (timeout > 0) this.#timeout.set(timeout)
    return started
  }

  /** It is not started, for this reason. */
  refuse(reason: string): null {
    this.#neverStarted(reason)
    return null
  }

  /** Ends it with all that it started. @param grace ms between TERM and KILL; 0: KILL at once */
  stop(cause: 'cancel' | 'stop', grace: number): void {
    this.#end(cause, grace)
  }

  ack(seq: number): void {
    this.output.ack(seq)
    this.#flow?.acked()
  }

  /** It is acknowledged, and forgotten. */
  release(): void {
    this.#flow?.release()
  }

  /** Beside the attempt's folder, not in it: what a job finds there does not depend on the length of its script. */
  #writeScript(): boolean {
    const { script, run_id, token } = this.order
    if (script === null) return true
    const path = scriptPath(this.#host.folder.path, run_id, token)
    this.#script = path
    try {
      writeFileSync(path, script, { mode: 0o600, flag: 'wx' })
      return true
    } catch (error) {
      console.error(`no script file for ${run_id}: ${error}`)
      return false
    }
  }

  #makeFolder(): string | null {
    try {
      this.#ownFolder = this.#host.workFolders.take(performance.now())
    } catch (error) {
      console.error(`no folder for ${this.order.run_id}: ${error}`)
    }
    return this.#ownFolder
  }

  #spawn(program: Program): Tree | string {
    if (hasNul(program)) return whyNotStarted(program, null)
    const path = findProgram(program)
    if (path === null) return whyNotStarted(program, 'ENOENT')
    const { run_id, attempt, verbatim } = this.order
    const started = this.#host.processes.spawn(
      { run_id, attempt, path, verbatim, ...program },
      { exited: (returncode, alone) => this.#exited(returncode, alone), emptied: () => this.#emptied() },
    )
    return isTree(started) ? started : whyNotStarted(program, started.errno)
  }

  #neverStarted(reason: string): void {
    this.#cause = 'not_spawned'
    this.#endTs = Date.now()
    this.#finish(reason)
  }

  #end(cause: Cause, grace: number): void {
    if (this.#finished || this.#empty) return
    this.#cause ??= cause
    if (grace > 0) this.#tree?.signal('SIGTERM')
    this.#killing.setEarlier(grace)
  }

  #kill(): void {
    if (this.#empty) return
    this.#tree?.signal('SIGKILL')
    this.#killing.set(killEvery)
  }

  #exited(returncode: number, alone: boolean): void {
    this.#returncode = returncode
    this.#cause ??= 'exit'
    this.#endTs = Date.now()
    this.#timeout.clear()
    this.#flow?.drain()
    if (alone) this.#emptied()
    else this.#end('exit', graceOfTheRest)
  }

  #emptied(): void {
    this.#empty = true
    this.#killing.clear()
    if (this.#flow?.isEnded === false) this.#pipesEnd.set(patienceWithPipes)
    this.#finishIfOver()
  }

  #finishIfOver(): void {
    if (!this.#empty || this.#flow?.isEnded !== true) return
    this.#pipesEnd.clear()
    this.#finish('')
  }

  #finish(reason: string): void {
    this.#finished = true
    if (this.#script !== null) rmSync(this.#script, { force: true })
    const { run_id, token } = this.order
    const note: EndNote = {
      kind: 'ended',
      run_id,
      token,
      cause: this.#cause ?? 'exit',
      returncode: this.#returncode,
      start_ts: this.#startTs,
      end_ts: this.#endTs,
      reason,
      ...this.output.finish(),
    }
    if (this.#ownFolder === null) this.#host.ended(this, note)
    else this.#host.workFolders.give(this.#ownFolder, () => this.#host.ended(this, note))
  }
}
