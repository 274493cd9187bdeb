import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { isFinal, type Run } from '../model/run.ts'
import { queueLatency } from '../model/run-life.ts'
import type { Millis } from '../model/time.ts'
import type { Meter, Vitals } from '../model/vitals.ts'

/** Upper bounds in seconds: of what should take no time, and of what jobs take. */
const short = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30]
const long = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1800, 7200, 43_200]
/** How often the event loop is looked at, ms: more often would itself be a good part of what an idle server costs. */
const lookEvery = 100

/** What is measured, in the words of Prometheus. Labels are domains, outcomes, states and loops: never jobs or runs. */
export class Metrics implements Meter {
  readonly #registry = new Registry()
  readonly #ended = this.#counter('hydra_runs_ended_total', 'Runs that ended, by outcome.', ['domain', 'outcome'])
  readonly #duration = this.#histogram('hydra_run_duration_seconds', 'From first start to end.', long, ['domain'])
  readonly #queued = this.#histogram('hydra_run_queue_seconds', 'From due to first start.', short, ['domain'])
  readonly #dispatch = this.#histogram('hydra_dispatch_seconds', 'From due to given to a worker.', short, ['domain'])
  readonly #lag = this.#histogram('hydra_tick_lag_seconds', 'From a tick to its decision.', short, ['domain'])
  readonly #commits = this.#histogram('hydra_store_commit_seconds', 'What a commit of the store took.', short, ['file'])
  readonly #writes = this.#counter('hydra_store_writes_total', 'Writes that were committed.', ['file'])
  readonly #depth = this.#gauge('hydra_queue_depth', 'Runs that are due and wait for a worker.', ['domain'])
  readonly #age = this.#gauge('hydra_queue_age_seconds', 'How long the oldest of them waits.', ['domain'])
  readonly #workers = this.#gauge('hydra_workers', 'Workers that are known.', ['domain', 'status'])
  readonly #slots = this.#gauge('hydra_slots', 'Slots of the workers that are online.', ['domain', 'state'])
  readonly #loops = this.#gauge('hydra_loop_age_seconds', 'Since a loop last finished a pass.', ['loop'])

  constructor() {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: lookEvery })
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType
  }

  ended(runs: readonly Run[]): void {
    for (const run of runs) {
      if (!isFinal(run) || run.end_ts === null) continue
      const { domain, status: outcome, start_ts, end_ts } = run
      this.#ended.inc({ domain, outcome })
      this.#queued.observe({ domain }, queueLatency(run, end_ts) / 1000)
      if (start_ts !== null) this.#duration.observe({ domain }, Math.max(0, end_ts - start_ts) / 1000)
    }
  }

  dispatched(runs: readonly Run[], now: Millis): void {
    for (const { domain, not_before } of runs) this.#dispatch.observe({ domain }, Math.max(0, now - not_before) / 1000)
  }

  ticked(domain: string, lag: Millis): void {
    this.#lag.observe({ domain }, Math.max(0, lag) / 1000)
  }

  /** A commit of one of the store's files. */
  committed(file: string, ms: Millis, writes: number): void {
    this.#commits.observe({ file }, ms / 1000)
    this.#writes.inc({ file }, writes)
  }

  /** All of it, as Prometheus reads it. */
  async text(vitals: Vitals): Promise<string> {
    this.#show(vitals)
    return this.#registry.metrics()
  }

  #show({ queues, workers, loops, now }: Vitals): void {
    for (const gauge of [this.#depth, this.#age, this.#workers, this.#slots]) gauge.reset()
    for (const { domain, depth, since } of queues) {
      this.#depth.set({ domain }, depth)
      this.#age.set({ domain }, Math.max(0, now - since) / 1000)
    }
    for (const { domain, isOnline, slots, used } of workers) {
      for (const status of ['online', 'offline'])
        this.#workers.inc({ domain, status }, (status === 'online') === isOnline ? 1 : 0)
      if (!isOnline) continue
      this.#slots.inc({ domain, state: 'used' }, used)
      this.#slots.inc({ domain, state: 'free' }, Math.max(0, slots - used))
    }
    for (const { name, age } of loops) this.#loops.set({ loop: name }, age / 1000)
  }

  #counter<const Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
  }

  #gauge<const Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
  }

  #histogram<const Label extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly Label[],
  ): Histogram<Label> {
    const known = { name, help, buckets: [...buckets], labelNames: [...labelNames] }
    return new Histogram({ ...known, registers: [this.#registry] })
  }
}
