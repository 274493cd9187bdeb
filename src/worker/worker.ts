import { hostname } from 'node:os'
import type { WorkerState } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Link } from '../ports/link.ts'
import type { Log } from '../runtime/log.ts'
import { connectSupervisor, killOwner } from '../supervisor/client.ts'
import { Agent } from './agent.ts'
import { findFacts } from './facts.ts'
import { type Home, takeHome } from './home.ts'
import { knownRuntimes, rememberRuntimes } from './known-runtimes.ts'
import type { ConnectSupervisor } from './supervision.ts'
import type { Surroundings } from './surroundings.ts'

/** What a worker's operator sets. */
export interface WorkerConfig {
  /** null: that of the first folder under `dataDir/workers` that no process has. */
  readonly workerId: string | null
  readonly tags: readonly string[]
  /** Whether a tag is added for each runtime that is found. */
  readonly autoTags: boolean
  /** Empty: all users. */
  readonly allowedUsers: readonly string[]
  readonly queues: readonly string[]
  readonly maxConcurrency: number
  /** For a worker that was never seen before. */
  readonly initialState: WorkerState
  readonly deploymentType: string
  /** Where a job without `workdir` runs: in a folder of its own, or in the worker's. */
  readonly jobWorkdir: 'own' | 'inherit'
}

export interface WorkerOptions {
  readonly link: Link
  readonly config: WorkerConfig
  readonly dataDir: string
  readonly domain: string
  /** ms; null: no deadline (the embedded server's own worker). */
  readonly ttl: Millis | null
  /** What every job's environment begins with. */
  readonly baseEnvironment: Readonly<Record<string, string>>
  /** How long runs may go on after `stop()` before they are ended. */
  readonly drainSeconds: number
  /** Of the program. */
  readonly version: string
  readonly log: Log
  /** What is being found of the machine, where the search began before. */
  readonly around?: Surroundings
  /** By default the folder's supervisor, which is started where there is none. */
  readonly connect?: ConnectSupervisor
}

/** A worker: its folder, what it finds out about its machine, and the agent that works there. */
export class Worker {
  readonly #options: WorkerOptions
  #home: Home | null = null
  #agent: Agent | null = null
  #starting: Promise<void> | null = null
  #isStopped = false

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** null before the start. */
  get workerId(): string | null {
    return this.#home?.worker_id ?? null
  }

  /** The pid of the supervisor at this moment; undefined while there is none. */
  get supervisorPid(): number | undefined {
    return this.#agent?.supervisorPid
  }

  /**
   * Takes the worker's folder, finds out what the machine can do, and begins to work. Resolves when the control plane
   * knows of the worker, however long that takes. After a failure nothing is held any more; what an earlier life left
   * running goes on.
   *
   * @throws {HydraError} when the folder is another process's, or the control plane refuses the worker
   * @throws when no supervisor can be started
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { config, dataDir, link, log, drainSeconds, connect = connectSupervisor } = this.#options
    const home = takeHome({ dataDir, workerId: config.workerId, hostname: hostname() })
    this.#home = home
    try {
      const { domain, ttl, baseEnvironment, version } = this.#options
      const settings = { ...config, workerId: home.worker_id, domain, ttl, baseEnvironment, version }
      const known = knownRuntimes(home.folder)
      const { card, host, laterTags, runtimes } = await findFacts(settings, this.#options.around, known)
      if (this.#isStopped) throw new Error('the worker is stopping')
      this.#agent = new Agent({ link, home, card, host, log, drainSeconds, connect, kill: killOwner })
      await this.#agent.start()
      void laterTags?.then((tags) => this.#agent?.amend(tags))
      if (config.autoTags) void runtimes.then((found) => this.#remember(home, found))
    } catch (error) {
      if (!this.#isStopped || this.#agent === null) this.#abandon(home)
      throw error
    }
  }

  #remember(home: Home, found: readonly string[]): void {
    if (this.#isStopped) return
    try {
      rememberRuntimes(home.folder, found)
    } catch (error) {
      // The next life waits for the answers then, as this one did.
      this.#options.log.warn('the runtimes that were found could not be written down', { error })
    }
  }

  #abandon(home: Home): void {
    this.#agent?.abandon()
    this.#agent = null
    home.lock.release()
  }

  /**
   * Ends the worker: nothing new is taken, what runs has `drainSeconds` to end by itself, then it gets TERM and five
   * seconds later KILL; all ends are reported. With `now` KILL comes at once, and all is over within about two seconds,
   * whether the control plane answers or not. May be called again, also to hurry.
   */
  async stop(how: { readonly now?: boolean } = {}): Promise<void> {
    this.#isStopped = true
    if (this.#agent) await this.#agent.stop(how)
    // Stopped before there was an agent: the start notices it and cleans up after itself.
    else await this.#starting?.catch(() => {})
  }
}
