import type { HostLoad } from '../model/host-load.ts'
import type { WorkerCard, WorkerState } from '../model/session.ts'
import type { Ack, Aside, Grant, Held, Link, Registered, Renewal, Report } from '../ports/link.ts'

interface Call {
  readonly kind: 'register' | 'renew' | 'report' | 'goodbye'
  readonly held: readonly Held[]
  readonly host: HostLoad | null
  readonly reports: readonly Report[]
}

/** A control plane in memory: stores what it is told, by the rules of the ports, and lets a test await each call. */
export class FakeLink implements Link {
  readonly calls: Call[] = []
  readonly cards: { readonly card: WorkerCard; readonly secret: string }[] = []
  /** The highest sequence stored, by run. */
  readonly stored = new Map<string, number>()
  /** The newest end of each run. */
  readonly ends = new Map<string, NonNullable<Report['ended']>>()
  readonly starts = new Map<string, number>()
  readonly returned: string[] = []
  readonly output = new Map<string, string>()
  session = 'session-1'
  state: WorkerState = 'online'
  answer: Partial<Renewal> = {}
  /** Tokens answered `stale`. */
  readonly stale = new Set<string>()
  /** While set, every call fails with it. */
  outage: Error | null = null
  /** While set, no call is answered. */
  isSilent = false
  mostInCall = 0
  #queue: Grant[] = []
  #fetch: (() => void) | null = null
  readonly #cancels = new Set<(held: Held) => void>()
  #watchers: { readonly isSo: () => boolean; readonly resolve: () => void }[] = []

  /** Gives a run to the worker. */
  give(...grants: readonly Grant[]): void {
    this.#queue.push(...grants)
    this.#fetch?.()
  }

  get unclaimed(): number {
    return this.#queue.length
  }

  get subscribers(): number {
    return this.#cancels.size
  }

  cancel(held: Held): void {
    for (const told of this.#cancels) told(held)
  }

  /** Resolves when it is so, looked at after every call. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (isSo()) resolve()
      else this.#watchers.push({ isSo, resolve })
    })
  }

  async #called(kind: Call['kind'], more: Partial<Call> = {}): Promise<void> {
    this.calls.push({ kind, held: [], host: null, reports: [], ...more })
    // Looked at when the call has done what it does.
    setImmediate(() => this.#look())
    if (this.isSilent) await new Promise(() => {})
    if (this.outage) throw this.outage
  }

  #look(): void {
    const [met, waiting] = [this.#watchers.filter(({ isSo }) => isSo()), this.#watchers.filter(({ isSo }) => !isSo())]
    this.#watchers = waiting
    for (const { resolve } of met) resolve()
  }

  async register(card: WorkerCard, secret: string): Promise<Registered> {
    await this.#called('register')
    this.cards.push({ card, secret })
    return { session: this.session, state: this.state, ttl: null }
  }

  async claim(_session: string, free: number, signal: AbortSignal): Promise<readonly Grant[]> {
    if (this.outage) throw this.outage
    if (this.#queue.length === 0)
      await new Promise<void>((resolve) => {
        this.#fetch = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    return signal.aborted ? [] : this.#queue.splice(0, free)
  }

  async renew(
    _session: string,
    held: readonly Held[],
    _taken?: () => void,
    { host = null }: Aside = {},
  ): Promise<Renewal> {
    await this.#called('renew', { held, host })
    const { state = this.state, cancel = [], forget = [], again = [], partial = false } = this.answer
    this.answer = {}
    return { state, cancel, forget, again, partial }
  }

  async report(_session: string, reports: readonly Report[]): Promise<readonly Ack[]> {
    await this.#called('report', { reports })
    this.mostInCall = Math.max(this.mostInCall, reports.length)
    return reports.map((report) => this.#store(report))
  }

  #store({ run_id, token, start_ts, chunks, ended, never_started }: Report): Ack {
    const ack = (verdict: Ack['verdict'], stored_seq: number): Ack => ({ run_id, token, verdict, stored_seq })
    if (this.stale.has(run_id)) return ack('stale', 0)
    if (never_started) this.returned.push(run_id)
    if (start_ts !== null) this.starts.set(run_id, start_ts)
    let seq = this.stored.get(run_id) ?? 0
    for (const chunk of chunks) {
      if (chunk.seq !== seq + 1) continue
      seq = chunk.seq
      this.output.set(run_id, (this.output.get(run_id) ?? '') + Buffer.from(chunk.bytes).toString())
    }
    this.stored.set(run_id, seq)
    if (seq < Math.max(ended?.last_seq ?? 0, chunks.at(-1)?.seq ?? 0)) return ack('resend', seq)
    if (ended) this.ends.set(run_id, ended)
    return ack('stored', seq)
  }

  onCancel(_session: string, told: (held: Held) => void): () => void {
    this.#cancels.add(told)
    return () => this.#cancels.delete(told)
  }

  async goodbye(): Promise<void> {
    await this.#called('goodbye')
  }
}
