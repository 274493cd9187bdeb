import { HydraError } from '../model/errors.ts'
import type { LogChunk } from '../model/log.ts'
import type { Run, RunChange } from '../model/run.ts'
import { isFinal, noOutput } from '../model/run.ts'
import { afterAttempt, started, takenBack } from '../model/run-life.ts'
import type { Millis } from '../model/time.ts'
import type { Broker } from '../ports/broker.ts'
import type { Ack, Held, Report } from '../ports/link.ts'
import type { Store } from '../ports/store.ts'
import { failPoint } from '../runtime/fail-points.ts'
import { askedOr, tell } from './away.ts'
import type { Clock } from './clock.ts'
import type { Definitions } from './definitions.ts'
import { waitingOf } from './dispatch.ts'
import type { EventHub } from './event-hub.ts'
import { jobEnqueued, runEvents } from './tell.ts'

const tries = 10

/** How many attempts' stored sequences are remembered; beyond it they are read from the store again. */
const rememberedAttempts = 10_000

export interface IngestParts {
  readonly store: Store
  readonly broker: Broker
  readonly hub: EventHub
  readonly definitions: Definitions
  readonly clock: Clock
  /** Slots became free, or runs were queued. */
  readonly dispatch: () => void
  /** A run waits for this moment (its back-off). */
  readonly waitUntil: (at: Millis) => void
  /** Final runs have effects to do. */
  readonly finished: (runs: readonly Run[]) => void
}

/** Whose report it is: ingest takes domain and worker from the session, never from what is reported. */
export interface Reporter {
  readonly session: string
  readonly domain: string
  readonly worker_id: string
}

interface Applied {
  readonly report: Report
  readonly ack: Ack
  readonly change: RunChange | null
}

/**
 * Takes in what workers say. Order of writes: chunks → state → release of the slot → events → acknowledgement; a crash
 * between any two is mended by the same report told again.
 */
export class Ingest {
  readonly #parts: IngestParts
  /** Highest stored sequence of attempts that reported here; a missing one is read from the store. */
  readonly #stored = new Map<string, number>()

  constructor(parts: IngestParts) {
    this.#parts = parts
  }

  /** Stores the reports of one session; one ack each, in order. */
  async take(from: Reporter, reports: readonly Report[]): Promise<readonly Ack[]> {
    const { store } = this.#parts
    const runs = new Map((await store.runs.byIds(reports.map((report) => report.run_id))).map((run) => [run._id, run]))
    const chunks: LogChunk[] = []
    for (const report of reports)
      if (isOurs(runs.get(report.run_id), report, from)) chunks.push(...(await this.#inSequence(report)))
    if (chunks.length > 0) {
      await store.logs.append(chunks)
      failPoint('ingest.chunks-stored')
      if (this.#stored.size > rememberedAttempts) this.#stored.clear()
      for (const chunk of chunks) this.#remember(chunk, chunk.seq)
    }
    const applied = await this.#apply(from, reports, runs)
    const changes = applied.flatMap(({ change }) => change ?? [])
    if (changes.length > 0) failPoint('ingest.state-stored')
    await this.#follow(from, applied, changes)
    for (const id of new Set(chunks.map((chunk) => chunk.run_id))) this.#parts.hub.tellRun(from.domain, id)
    failPoint('ingest.told')
    return applied.map(({ ack }) => ack)
  }

  /** The report's chunks up to the first gap; what comes after it is asked for again. */
  async #inSequence(report: Report): Promise<readonly LogChunk[]> {
    const first = report.chunks[0]
    if (first === undefined) return []
    const known = first.seq === 1 ? 0 : await this.#storedSeq(report, first.seq - 1)
    let expected = Math.min(first.seq, known + 1)
    const fitting: LogChunk[] = []
    for (const chunk of report.chunks) {
      if (chunk.seq !== expected) break
      // What was checked is the report's own run: a chunk that names another, perhaps another tenant's, goes nowhere else.
      fitting.push({ ...chunk, run_id: report.run_id, attempt: report.attempt })
      expected += 1
    }
    return fitting
  }

  /** Writes the states that the reports lead to; one that another write came before is reckoned again from the new state. */
  async #apply(
    from: Reporter,
    reports: readonly Report[],
    read: ReadonlyMap<string, Run>,
  ): Promise<readonly Applied[]> {
    const { store } = this.#parts
    const applied = new Map<Report, Applied>()
    const runs = new Map(read)
    let left = [...reports]
    for (let round = 0; left.length > 0; round += 1) {
      if (round >= tries) throw new Error('the runs are being changed by others')
      const planned = await Promise.all(left.map((report) => this.#plan(from, report, runs.get(report.run_id))))
      const won = new Set(await store.runs.move(planned.flatMap(({ change }) => change ?? [])))
      left = []
      for (const plan of planned) {
        if (plan.change === null || won.has(plan.change)) applied.set(plan.report, plan)
        else left.push(plan.report)
      }
      for (const run of left.length > 0 ? await store.runs.byIds(left.map((report) => report.run_id)) : [])
        runs.set(run._id, run)
    }
    return reports.flatMap((report) => applied.get(report) ?? [])
  }

  async #plan(from: Reporter, report: Report, run: Run | undefined): Promise<Applied> {
    const { run_id, token } = report
    const ack = (verdict: Ack['verdict'], stored_seq: number): Ack => ({ run_id, token, verdict, stored_seq })
    if (!isOurs(run, report, from)) return { report, ack: ack('stale', 0), change: null }
    const now = this.#parts.clock.now()
    const wanted = Math.max(report.ended?.last_seq ?? 0, report.chunks.at(-1)?.seq ?? 0)
    const seq = await this.#storedSeq(report, wanted)
    if (report.never_started) {
      const after = takenBack(run, now)
      return { report, ack: ack('stored', seq), change: after && { before: run, after, output: null } }
    }
    const running = report.start_ts === null ? run : (started(run, report.start_ts) ?? run)
    // A new attempt begins with nothing written: what the one before wrote is in the log.
    const output = run.attempts.length > 0 ? noOutput : null
    const change = running === run ? null : { before: run, after: running, output }
    if (seq < wanted) return { report, ack: ack('resend', seq), change }
    if (report.ended === null) return { report, ack: ack('stored', seq), change }
    const definition = await this.#parts.definitions.of(run)
    if (definition === null) throw new Error(`the definition of run ${run_id} is gone`)
    const end = afterAttempt(running, report.ended, definition, now)
    return { report, ack: ack('stored', seq), change: end && { before: run, after: end.after, output: end.output } }
  }

  /** Up to where the chunks are stored. What is remembered may be behind: another scheduler may have stored more. */
  async #storedSeq({ run_id, attempt, ended, chunks }: Report, wanted: number): Promise<number> {
    const known = this.#stored.get(`${run_id}:${attempt}`)
    if (known !== undefined && known >= wanted) return known
    // A run that wrote nothing has nothing to look up: the common case stays cheap.
    if (ended?.last_seq === 0 || (ended === null && chunks.length === 0)) return known ?? 0
    const seq = (await this.#parts.store.logs.last(run_id, attempt))?.seq ?? 0
    if (known !== undefined) this.#remember({ run_id, attempt }, seq)
    return seq
  }

  #remember({ run_id, attempt }: { readonly run_id: string; readonly attempt: number }, seq: number): void {
    const key = `${run_id}:${attempt}`
    this.#stored.set(key, Math.max(seq, this.#stored.get(key) ?? 0))
  }

  /** What follows the written states: slots are released, runs queued again, events told. */
  async #follow(from: Reporter, applied: readonly Applied[], changes: readonly RunChange[]): Promise<void> {
    const { broker, hub, clock } = this.#parts
    const now = clock.now()
    const released: Held[] = []
    for (const { report, ack } of applied) {
      if (ack.verdict === 'resend' || (report.ended === null && !report.never_started && ack.verdict !== 'stale'))
        continue
      released.push({ run_id: report.run_id, token: report.token })
      this.#stored.delete(`${report.run_id}:${report.attempt}`)
    }
    // A broker that is away does not hold back what the store has: it is told. The same report comes again, for the slots.
    const isReleased = released.length === 0 || (await askedOr(() => this.#release(from, released), false))
    if (changes.length > 0) failPoint('ingest.released')
    const waits = changes
      .map(({ after }) => after)
      .filter((run) => run.status === 'pending' || run.status === 'retrying')
    const due = waits.filter((run) => run.not_before <= now)
    hub.publish(changes.flatMap(({ before, after }) => runEvents(before, after, now)))
    if (due.length > 0) {
      await tell(() => broker.enqueue(due.map(waitingOf)))
      hub.publish(due.map((run) => jobEnqueued(run, run.status === 'retrying' ? 'retry' : 'failover', now)))
    }
    for (const run of waits) if (run.not_before > now) this.#parts.waitUntil(run.not_before)
    for (const { after } of changes) hub.tellRun(after.domain, after._id)
    const finals = changes.map(({ after }) => after).filter(isFinal)
    if (finals.length > 0) this.#parts.finished(finals)
    if (released.length > 0 || due.length > 0) this.#parts.dispatch()
    if (!isReleased) throw new HydraError('UNAVAILABLE', 'The report is stored; the broker is away.', { retryAfter: 1 })
  }

  async #release({ domain, worker_id }: Reporter, ended: readonly Held[]): Promise<boolean> {
    await this.#parts.broker.release(domain, worker_id, ended)
    return true
  }
}

/** The fence: the report speaks of the run's present token, and comes from the session that has it. */
function isOurs(run: Run | undefined, report: Report, from: Reporter): run is Run {
  return run !== undefined && run.token === report.token && run.session === from.session && run.domain === from.domain
}
