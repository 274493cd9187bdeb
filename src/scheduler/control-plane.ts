import type { JobAct, JobChoice, RunAct, RunChoice } from '../model/bulk.ts'
import type { Run } from '../model/run.ts'
import type { WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import { type Meter, noMeter, type Vitals } from '../model/vitals.ts'
import type { Broker } from '../ports/broker.ts'
import type { Feed } from '../ports/feed.ts'
import type { Store } from '../ports/store.ts'
import type { Log } from '../runtime/log.ts'
import type { Loop } from '../runtime/loop.ts'
import { Audit, audited } from './audit.ts'
import { tell } from './away.ts'
import { Bulk } from './bulk.ts'
import { type JobSample, jobsInBulk, type RunSample, runsInBulk } from './bulk-kinds.ts'
import type { CodeFaults } from './checked.ts'
import { Clock, noticeableOffset } from './clock.ts'
import { Definitions } from './definitions.ts'
import { Desk } from './desk.ts'
import { Dispatcher } from './dispatch.ts'
import { Domains, type DomainsConfig } from './domains.ts'
import { EffectsLoop } from './effects.ts'
import { EventHub } from './event-hub.ts'
import { FiguresLoop } from './figures.ts'
import { Finisher } from './finisher.ts'
import { FrontDesk } from './front-desk.ts'
import { Holds } from './holds.ts'
import { Housekeeping } from './housekeeping/housekeeping.ts'
import { Ingest } from './ingest.ts'
import { Jobs } from './jobs.ts'
import { Logs } from './logs.ts'
import { Mover } from './mover.ts'
import { DueLoop, ReconcileLoop } from './reconcile.ts'
import { type Again, Runs } from './runs.ts'
import type { Scope } from './scope.ts'
import { ShownDomains } from './shown-domains.ts'
import { Submission } from './submission.ts'
import { workerEvent } from './tell.ts'
import { theWorker } from './the-worker.ts'
import { TickLoop } from './ticks.ts'
import { Tokens, type TokensConfig } from './tokens.ts'
import { VerdictLoop } from './verdicts.ts'
import { Views } from './views.ts'
import { readVitals, type VitalsParts } from './vitals.ts'

/** A loop that has not finished a pass for this long is stuck, and readiness says so. */
const stuckAfter: Millis = 30_000
/** Finished runs gather for this long before what follows them is done, so that one write serves many. */
const gatherEffects: Millis = 200

export interface ControlPlaneConfig extends DomainsConfig, TokensConfig {
  /** Bytes of output kept per attempt. */
  readonly logLimit: number
  readonly heartbeatTtl: Millis
  /** How long history is kept; 0 or absent: for ever. */
  readonly retentionDays?: number
}

export interface ControlPlaneParts {
  readonly store: Store
  readonly broker: Broker
  readonly config: ControlPlaneConfig
  readonly log: Log
  /** What several schedulers tell each other by; without one this is the only scheduler. */
  readonly feed?: Feed | null
  /** Hears what is measured. */
  readonly meter?: Meter
  /** By default no code is looked into. */
  readonly codeFaults?: CodeFaults
}

export interface Check {
  readonly name: string
  readonly ok: boolean
  /** For everybody: it names no place. */
  readonly detail: string
  /** What a server said, or what was said of it: addresses may be in it. */
  readonly fault?: string
}

/** The scheduler: the services that users call and the loops that keep things going, over whatever drivers it is given. */
export class ControlPlane {
  readonly store: Store
  readonly broker: Broker
  readonly hub: EventHub
  readonly clock: Clock
  readonly jobs: Jobs
  readonly runs: Runs
  /** Acts upon many jobs or runs. */
  readonly bulk: {
    readonly jobs: Bulk<JobAct, JobChoice, JobSample>
    readonly runs: Bulk<RunAct, RunChoice, RunSample>
  }
  readonly desk: Desk
  readonly frontDesk: FrontDesk
  readonly domains: Domains
  readonly tokens: Tokens
  readonly audit: Audit
  readonly views: Views
  readonly logs: Logs
  readonly #dispatcher: Dispatcher
  readonly #reconcile: ReconcileLoop
  readonly #loops: readonly Loop[]
  readonly #vitals: VitalsParts
  #unhear: () => void = () => {}
  #state: 'new' | 'running' | 'draining' | 'stopped' = 'new'

  constructor({
    store,
    broker,
    feed = null,
    config,
    log,
    meter = noMeter,
    codeFaults = async () => [],
  }: ControlPlaneParts) {
    this.store = store
    this.broker = broker
    const hub = new EventHub(feed)
    this.hub = hub
    const clock = new Clock(() => store.now())
    this.clock = clock
    const definitions = new Definitions(store.jobs)
    const dispatcher = new Dispatcher({ store, broker, hub, definitions, clock, meter, log, logLimit: config.logLimit })
    const dispatch = (): void => dispatcher.wake()
    const due = new DueLoop({ store, broker, hub, clock, dispatch, log })
    const waitUntil = (at: Millis): void => due.wakeIn(Math.max(0, at - clock.now()))
    const submission = new Submission({ broker, hub, dispatcher, clock, waitUntil })
    const holds = new Holds({ store, submission, log })
    const settled = (jobIds: Iterable<string>): void => housekeeping.ended(jobIds)
    const effects = new EffectsLoop({ store, holds, meter, settled, log })
    const finished = (runs: readonly Run[]): void => {
      effects.wakeIn(gatherEffects)
      holds.ended(runs)
    }
    const mover = new Mover({ store, broker, hub, clock, dispatch, finished })
    const ingest = new Ingest({ store, broker, hub, definitions, clock, dispatch, finished, waitUntil })
    const tellCancel = (run: Run): void => this.desk.tellCancel(run)
    const runJob = (scope: Scope, of: Run, again: Again) => this.jobs.run(scope, of.job_id, { ...again, of: of._id })
    this.runs = new Runs({ store, broker, hub, clock, tellCancel, finished, runJob })
    const finisher = new Finisher({ store, broker, runs: this.runs, holds, submission, clock, log })
    const ticks = new TickLoop({ store, finisher, clock, meter, log })
    const planned = (): void => ticks.wake()
    this.jobs = new Jobs({ store, hub, definitions, submission, finisher, clock, codeFaults, planned })
    this.bulk = { jobs: new Bulk(jobsInBulk(store, this.jobs)), runs: new Bulk(runsInBulk(store, this.runs)) }
    this.desk = new Desk({ store, broker, hub, ingest, dispatcher, mover, clock, log })
    this.frontDesk = new FrontDesk(this.desk, store.domains, clock, config.heartbeatTtl)
    const shown = new ShownDomains({ store, broker, clock })
    this.tokens = new Tokens({ store, shown, clock, config, log })
    this.domains = new Domains({ store, broker, jobs: this.jobs, tokens: this.tokens, clock, config, log })
    this.logs = new Logs(store)
    this.audit = new Audit(store)
    this.views = new Views({ store, broker, clock, heartbeatTtl: config.heartbeatTtl })
    this.#reconcile = new ReconcileLoop({ store, broker, hub, finisher, holds, mover, shown, clock, dispatch, log })
    this.#dispatcher = dispatcher
    const keepFor = config.retentionDays ? config.retentionDays * 86_400_000 : null
    const figures = new FiguresLoop({ store, clock, keepMinutes: keepFor, log })
    const housekeeping = new Housekeeping({ store, hub, broker, jobs: this.jobs, clock, keepFor, log })
    const verdicts = new VerdictLoop({ store, broker, mover, clock, log })
    this.#loops = [dispatcher, ticks, due, holds, effects, figures, verdicts, this.#reconcile, housekeeping]
    this.#vitals = { store, broker, clock, heartbeatTtl: config.heartbeatTtl, loops: this.#loops }
  }

  /** Rebuilds the queue from the store, then starts the loops. */
  async start(): Promise<void> {
    await this.clock.measure()
    await this.hub.open()
    await this.domains.prepare()
    await this.#reconcile.rebuild()
    this.#state = 'running'
    for (const loop of this.#loops) loop.start()
    this.#unhear = this.broker.onWork(() => this.#dispatcher.wake())
  }

  /** Nothing new starts from here on; what runs is still reported. */
  async drain(): Promise<void> {
    if (this.#state !== 'running') return
    this.#state = 'draining'
    this.#dispatcher.pause()
    await Promise.all(this.#loops.filter((loop) => loop.name === 'ticks').map((loop) => loop.stop()))
  }

  async stop(): Promise<void> {
    await this.drain()
    this.#state = 'stopped'
    this.#unhear()
    await Promise.all(this.#loops.map((loop) => loop.stop()))
    await this.hub.close()
    await this.broker.close()
  }

  /** Sets whether a worker takes new work; what it runs goes on. @throws NOT_FOUND; CONFLICT names the domains that have such a worker */
  async setWorkerState(scope: Scope, workerId: string, state: WorkerState): Promise<void> {
    const record = await theWorker(this.store, scope, workerId)
    const now = this.clock.now()
    const told = audited(scope, now, {
      action: 'worker.state',
      domain: record.domain,
      object: workerId,
      before: { state: record.state },
      after: { state },
    })
    await this.store.workers.setState(record.domain, workerId, state, now, record.state === state ? null : told)
    await tell(() => this.broker.setState(record.domain, workerId, state))
    this.hub.publish([workerEvent('worker_state', record.domain, workerId, now, { state })])
    if (state === 'online') this.#dispatcher.wake()
  }

  /** How things stand, for who measures. */
  vitals(): Promise<Vitals> {
    return readVitals(this.#vitals)
  }

  /** Whether it can do its work, and what is wrong where it cannot. Ready means progress: every loop finished a pass lately. */
  async ready(): Promise<{ ready: boolean; checks: readonly Check[] }> {
    const checks: Check[] = []
    for (const [name, part] of Object.entries({ store: this.store, broker: this.broker })) {
      const fault = await part.check().then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : 'it does not answer'),
      )
      checks.push(
        fault === null
          ? { name, ok: true, detail: 'answers' }
          : { name, ok: false, detail: `the ${name} does not serve at the moment`, fault },
      )
    }
    const { offset } = this.clock
    checks.push({ name: 'clock', ok: Math.abs(offset) < noticeableOffset, detail: `${offset} ms off the store's` })
    const now = performance.now()
    for (const { name, lastPassAt } of this.#loops) {
      const since = now - lastPassAt
      checks.push({
        name: `${name} loop`,
        ok: since < stuckAfter,
        detail: `last pass ${Math.round(since / 1000)} s ago`,
      })
    }
    if (this.#state !== 'running')
      checks.push({
        name: 'process',
        ok: false,
        detail: this.#state === 'draining' ? 'ending: nothing new starts' : this.#state,
      })
    return { ready: checks.every(({ ok }) => ok), checks }
  }
}
