import { rmSync } from 'node:fs'
import process from 'node:process'
import { Attempt, type AttemptHost } from './attempt.ts'
import { Budget } from './budget.ts'
import { type Folder, spoolPath } from './folder.ts'
import { type Journal, keyOf } from './journal.ts'
import { Lease } from './lease.ts'
import type { ListenerEvents, Peer } from './listener.ts'
import type { ChunkNote, EndNote, HeldNote, Note, Order, Start } from './messages.ts'
import { parseOrder } from './orders.ts'
import type { Processes } from './processes.ts'
import { protocolVersion } from './protocol.ts'
import { type Frame, readFrames } from './spool.ts'
import { WorkFolders } from './work-folders.ts'

/** With nothing to run and no agent it goes; ms. */
const patienceWithoutAgent = 5000

/** While the disk is full nothing is told that is not written; ms. */
const retryJournalAfter = 500

/** Holds the attempts, and does what the agent orders. It outlives its agents; one at a time is heard. */
export class Supervisor implements AttemptHost, ListenerEvents {
  readonly folder: Folder
  readonly processes: Processes
  readonly budget = new Budget()
  readonly workFolders: WorkFolders
  readonly #journal: Journal
  readonly #exit: () => void
  /** Those whose process this supervisor started, until they are acknowledged. */
  readonly #attempts = new Map<string, Attempt>()
  readonly #lease = new Lease(() => this.#endAll(0))
  #running = 0
  #agent: Peer | null = null
  #agentGone = performance.now()
  #told: string[] = []
  #turn: NodeJS.Immediate | null = null
  #leaving = false

  /** @param exit is called when it has nothing left to do */
  constructor(folder: Folder, processes: Processes, journal: Journal, exit: () => void) {
    this.folder = folder
    this.processes = processes
    this.workFolders = new WorkFolders(folder.tmp, processes.killLevel === 'subreaper')
    this.#journal = journal
    this.#exit = exit
  }

  lines(peer: Peer, lines: string[]): void {
    const orders = lines.map(parseOrder).filter((order) => order !== null)
    for (const order of orders) if (order.kind === 'hello') this.#hello(peer)
    if (peer !== this.#agent) return
    for (const order of orders) if (order.kind === 'lease') this.#lease.set(order.until)
    // One write for all that is to be started: whatever ends us from here on, the journal knows that they may have begun.
    const starts = orders.filter((order) => order.kind === 'start')
    const fresh = new Set(starts.filter((order) => this.#accept(order)))
    const mayStart = fresh.size === 0 || this.#journal.flush()
    for (const order of orders) {
      if (order.kind !== 'start') this.#obey(order)
      else if (fresh.has(order)) this.#start(order, mayStart)
    }
  }

  gone(peer: Peer): void {
    if (peer !== this.#agent) return
    this.#agent = null
    this.#agentGone = performance.now()
  }

  chunk(attempt: Attempt, frame: Frame): void {
    this.#tell(chunkNote(attempt.order, frame))
  }

  ended(_attempt: Attempt, note: EndNote): void {
    this.#running -= 1
    this.#journal.ended(note)
    this.#tell(note)
  }

  /** Ends all that runs. @param grace ms between TERM and KILL */
  stopAll(grace: number): void {
    this.#leaving = true
    this.#endAll(grace)
    this.#schedule()
  }

  #endAll(grace: number): void {
    for (const attempt of this.#attempts.values()) attempt.stop('stop', grace)
  }

  /** To be called now and then: without an agent and without work it goes. */
  look(): void {
    const alone = this.#agent === null && performance.now() - this.#agentGone > patienceWithoutAgent
    if (alone) this.#leaving ||= this.#running === 0
    this.#lease.look()
    this.workFolders.tidy(performance.now())
    this.#schedule()
  }

  #hello(peer: Peer): void {
    // What has gathered for the old agent is told to nobody: the new one learns of it here.
    this.#told = []
    this.#journal.flush()
    if (peer !== this.#agent) this.#agent?.close()
    this.#agent = peer
    const { killLevel: kill_level, spawner } = this.processes
    const held = [...this.#journal.held.keys()].map((key) => this.#held(key)).filter((note) => note !== null)
    this.#tell({ kind: 'welcome', protocol: protocolVersion, pid: process.pid, kill_level, spawner, held })
  }

  #held(key: string): HeldNote | null {
    const entries = this.#journal.held.get(key)
    if (entries === undefined) return null
    const { run_id, token, job_id, attempt, slot } = entries.accepted
    const output = this.#attempts.get(key)?.output
    return {
      ...{ run_id, token, job_id, attempt, slot },
      start_ts: entries.ended === null ? (entries.spawned?.start_ts ?? null) : entries.ended.start_ts,
      spool: spoolPath(this.folder, run_id, token),
      acked_seq: output?.ackedSeq ?? 0,
      ended: entries.ended,
    }
  }

  /** Journals a start that is new. */
  #accept(order: Start): boolean {
    const { run_id, token } = order
    const known = this.#journal.knows(order)
    if (!known && !this.#leaving && !this.#lease.isOver) {
      this.#journal.accepted(order)
      return true
    }
    const closed = this.#leaving ? 'the supervisor is about to exit' : 'the lease of the worker is over'
    const reason = known ? 'this token was started before' : closed
    this.#tell({ kind: 'refused', run_id, token, reason })
    return false
  }

  #start(order: Start, mayStart: boolean): void {
    const attempt = new Attempt(order, this)
    this.#attempts.set(keyOf(order), attempt)
    this.#running += 1
    const { run_id, token } = order
    const tree = mayStart ? attempt.start() : attempt.refuse('the journal of the worker cannot be written')
    if (tree === null) return
    const { pid, start } = tree
    const start_ts = attempt.startTs ?? Date.now()
    this.#journal.spawned({ run_id, token, pid, start, start_ts })
    this.#tell({ kind: 'started', run_id, token, start_ts, pid, spool: attempt.spool })
  }

  #obey(order: Exclude<Order, Start>): void {
    if (order.kind === 'ping') this.#tell({ kind: 'pong', n: order.n })
    else if (order.kind === 'exit') this.#leave(order.now)
    else if (order.kind === 'stop') this.#attempts.get(keyOf(order))?.stop(order.cause, order.grace)
    else if (order.kind === 'resend') this.#resend(order)
    else if (order.kind === 'ack' && order.done) this.#forget(order)
    else if (order.kind === 'ack') this.#attempts.get(keyOf(order))?.ack(order.seq)
  }

  #resend(order: { run_id: string; token: number; seq: number }): void {
    const attempt = this.#attempts.get(keyOf(order))
    const path = spoolPath(this.folder, order.run_id, order.token)
    const frames = attempt === undefined ? readFrames(path) : attempt.output.after(order.seq)
    for (const frame of frames) if (frame.seq > order.seq) this.#tell(chunkNote(order, frame))
  }

  #forget(order: { run_id: string; token: number }): void {
    const key = keyOf(order)
    // What has not ended is not forgotten, whatever the agent says.
    if (this.#journal.held.get(key)?.ended == null) return
    this.#journal.done(order)
    this.#attempts.get(key)?.release()
    this.#attempts.delete(key)
    rmSync(spoolPath(this.folder, order.run_id, order.token), { force: true })
    this.#schedule()
  }

  #leave(now: boolean): void {
    if (now) this.stopAll(0)
    this.#leaving = true
    this.#schedule()
  }

  #tell(note: Note): void {
    if (this.#agent !== null) this.#told.push(JSON.stringify(note))
    this.#schedule()
  }

  #schedule(): void {
    this.#turn ??= setImmediate(() => this.#endTurn())
  }

  /** What happened in this turn of the event loop is written, and only then told. */
  #endTurn(): void {
    this.#turn = null
    if (!this.#journal.flush()) return void setTimeout(() => this.#schedule(), retryJournalAfter)
    if (this.#told.length > 0) this.#agent?.send(`${this.#told.join('\n')}\n`)
    this.#told = []
    if (this.#leaving && this.#running === 0) {
      this.workFolders.tidy(Number.POSITIVE_INFINITY)
      this.#exit()
    }
  }
}

function chunkNote({ run_id, token }: { run_id: string; token: number }, frame: Frame): ChunkNote {
  return { kind: 'chunk', run_id, token, ...frame }
}
