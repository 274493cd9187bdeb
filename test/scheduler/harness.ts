import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryBroker } from '../../src/brokers/memory/memory.ts'
import { Completion } from '../../src/model/completion.ts'
import { nothingSeen } from '../../src/model/completion-rules.ts'
import type { HydraEvent } from '../../src/model/event.ts'
import { noOutput, type Run } from '../../src/model/run.ts'
import type { Ended } from '../../src/model/run-life.ts'
import type { WorkerCard } from '../../src/model/session.ts'
import { type Meter, noMeter } from '../../src/model/vitals.ts'
import type { Broker } from '../../src/ports/broker.ts'
import type { Ack, Grant, Report } from '../../src/ports/link.ts'
import type { Store } from '../../src/ports/store.ts'
import { type Log, silentLog } from '../../src/runtime/log.ts'
import { ControlPlane } from '../../src/scheduler/control-plane.ts'
import type { Scope } from '../../src/scheduler/scope.ts'
import { openStore } from '../../src/stores/open.ts'
import { aCard } from '../contract/broker.suite.ts'

export const admin: Scope = { domain: null, home: 'prod', actor: 'admin' }

export const planeConfig = {
  logLimit: 1_000_000,
  heartbeatTtl: 10_000,
  adminToken: 'an-admin-token',
  adminDomain: 'admin',
  defaultDomain: 'prod',
}

/** A control plane over a store of its own, as one life of a server; `restart` begins the next life on the same store. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'hydra-test-'))
  store!: Store
  plane!: ControlPlane
  /** What its log warned of, in all its lives. */
  readonly warnings: string[] = []

  /** Hears what is measured. */
  readonly #meter: Meter
  readonly #log: Log = { ...silentLog, warn: (message) => void this.warnings.push(message), child: () => this.#log }
  readonly #openBroker: () => Promise<Broker>

  constructor(meter: Meter = noMeter, openBroker: () => Promise<Broker> = async () => new MemoryBroker()) {
    this.#meter = meter
    this.#openBroker = openBroker
  }

  static async open(meter?: Meter, openBroker?: () => Promise<Broker>): Promise<World> {
    const world = new World(meter, openBroker)
    await world.#begin()
    return world
  }

  async #begin(): Promise<void> {
    this.store = await openStore(`sqlite:${this.folder}`)
    this.plane = new ControlPlane({
      store: this.store,
      broker: await this.#openBroker(),
      config: planeConfig,
      log: this.#log,
      meter: this.#meter,
    })
    await this.plane.start()
  }

  /** The server dies and comes back: what was not stored is gone. */
  async restart(): Promise<void> {
    await this.plane.stop()
    await this.store.close()
    await this.#begin()
  }

  async close(): Promise<void> {
    await this.plane.stop()
    await this.store.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async worker(more: Partial<WorkerCard> = {}, secret = 'a-secret'): Promise<HandWorker> {
    const card = aCard({ max_concurrency: 4, ...more })
    const { session } = await this.plane.desk.register(card, secret)
    return new HandWorker(this.plane, session)
  }

  /** Waits until an event of this type (and of this run, if named) was told. */
  async told(type: HydraEvent['type'], runId?: string): Promise<HydraEvent> {
    return this.until(`${type} of ${runId ?? 'anything'}`, () =>
      this.events().find((event) => event.type === type && (runId === undefined || event.payload.run_id === runId)),
    )
  }

  /** Waits for something that an event makes true. */
  async until<T>(
    what: string,
    look: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  ): Promise<T> {
    const deadline = performance.now() + 10_000
    for (;;) {
      const found = await look()
      if (found !== undefined && found !== null && found !== false) return found
      if (performance.now() > deadline) throw new Error(`gave up waiting for ${what}`)
      await new Promise<void>((resolve) => {
        const stop = this.plane.hub.watch(null, done)
        const timer = setTimeout(done, 20)
        function done(): void {
          clearTimeout(timer)
          stop()
          resolve()
        }
      })
    }
  }

  /** Every event of this life that is still known, oldest first. */
  events(): readonly HydraEvent[] {
    const first = `${this.plane.hub.tip(null).split('-')[0]}-0`
    return this.plane.hub.read(null, first, 100_000).events.map(({ event }) => event)
  }

  async run(id: string): Promise<Run> {
    const run = await this.store.runs.get(id)
    if (!run) throw new Error(`there is no run ${id}`)
    return run
  }
}

/** A worker that does what the test says, over the real desk. */
export class HandWorker {
  readonly #plane: ControlPlane
  readonly session: string

  constructor(plane: ControlPlane, session: string) {
    this.#plane = plane
    this.session = session
  }

  async claim(free = 10): Promise<readonly Grant[]> {
    return this.#plane.desk.claim(this.session, free, AbortSignal.timeout(5000))
  }

  async one(): Promise<Grant> {
    const [grant] = await this.claim(1)
    if (!grant) throw new Error('no work came')
    return grant
  }

  async report(grant: Grant, more: Partial<Report>): Promise<Ack> {
    const { run_id, token, attempt } = grant
    const [ack] = await this.#plane.desk.report(this.session, [
      { run_id, token, attempt, start_ts: null, chunks: [], ended: null, never_started: false, ...more },
    ])
    if (!ack) throw new Error('no answer came')
    return ack
  }

  start(grant: Grant): Promise<Ack> {
    return this.report(grant, { start_ts: Date.now() })
  }

  end(
    grant: Grant,
    cause: Ended['cause'] = 'exit',
    returncode: number | null = 0,
    more: Partial<Ended & { last_seq: number }> = {},
  ): Promise<Ack> {
    return this.report(grant, { start_ts: Date.now(), ended: { ...ended(cause, returncode), ...more } })
  }

  renew(held: readonly Grant[] = []) {
    return this.#plane.desk.renew(
      this.session,
      held.map(({ run_id, token }) => ({ run_id, token })),
    )
  }
}

export const ended = (cause: Ended['cause'], returncode: number | null): Ended & { last_seq: number } => ({
  cause,
  returncode,
  end_ts: Date.now(),
  reason: '',
  seen: nothingSeen(Completion.parse({})),
  output: noOutput,
  last_seq: 0,
})

export const aDefinition = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'a job',
  executor: { type: 'shell', script: 'true' },
  ...more,
})
