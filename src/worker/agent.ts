import type { HostFacts } from '../executors/command.ts'
import type { WorkerCard } from '../model/session.ts'
import type { Millis } from '../model/time.ts'
import type { Link } from '../ports/link.ts'
import type { Log } from '../runtime/log.ts'
import { scriptPath } from '../supervisor/client.ts'
import { Claims } from './claims.ts'
import { Contact } from './contact.ts'
import type { Home } from './home.ts'
import { hostLoad } from './host-load.ts'
import { Hurry } from './hurry.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { Membership } from './membership.ts'
import { stopGrace } from './orders.ts'
import { cancelIn, Presence } from './presence.ts'
import type { Probe } from './probe.ts'
import { Reporter } from './reporter.ts'
import { Roster } from './roster.ts'
import { Runner } from './runner.ts'
import { type ConnectSupervisor, Supervision } from './supervision.ts'
import { Versions } from './versions.ts'

export interface AgentOptions {
  readonly link: Link
  /** Its lock is released when the agent has stopped. */
  readonly home: Home
  /** What the worker says of itself; the supervisor adds its kill level. */
  readonly card: Omit<WorkerCard, 'kill_level'>
  readonly host: HostFacts
  readonly log: Log
  /** How long runs may go on after `stop()` before they are ended. */
  readonly drainSeconds: number
  readonly connect: ConnectSupervisor
  /** Kills the supervisor of a folder, and no other process. */
  readonly kill: (folder: string) => void
  /** Runs a program that is asked for its version; a test gives its own. */
  readonly probe?: Probe
  /** How often the session is renewed; a test's own pace. */
  readonly renewEvery?: Millis
}

/** How long the supervisor may take to end what got TERM, beyond the grace. */
const endPatience: Millis = 5000
/** How long a worker that leaves waits for the word that all it ended is stored; what is not stays in the spool. */
const ackPatience: Millis = 10_000
/** How long a call under way may hold up the leaving. */
const callPatience: Millis = 2000

/** The agent: it talks with the control plane, and has a supervisor run what it is given. */
export class Agent {
  readonly #options: AgentOptions
  readonly #roster: Roster
  readonly #supervision: Supervision
  readonly #runner: Runner
  readonly #membership: Membership
  readonly #claims: Claims
  readonly #presence: Presence
  readonly #reporter: Reporter
  readonly #hurry = new Hurry()
  #starting: Promise<void> | null = null
  #stopping: Promise<void> | null = null

  constructor(options: AgentOptions) {
    const { link, home, card, host, log } = options
    this.#options = options
    const contact = new Contact(log)
    const send = (order: Parameters<Supervision['send']>[0]): boolean => this.#supervision.send(order)
    const roster = new Roster(send)
    this.#roster = roster
    const versions = new Versions(host.base_environment, options.probe)
    this.#runner = new Runner({
      roster,
      host,
      versionsOf: (names) => versions.of(names, performance.now()),
      scriptPath: (run_id, token) => scriptPath(home.folder, run_id, token),
      log,
      send,
      meetAnew: () => this.#supervision.meetAnew(),
    })
    const { welcome, hear: onNotes, accept: onGrant } = this.#runner
    const lease = new LeaseKeeper(send)
    const onWelcome: typeof welcome = (said) => {
      lease.repeat()
      welcome(said)
    }
    const { connect, kill } = options
    const of = { folder: home.folder, environment: host.base_environment, isLeased: card.ttl !== null }
    this.#supervision = new Supervision({ ...of, connect, kill, log, onWelcome, onNotes })
    this.#membership = new Membership({
      link,
      secret: home.secret,
      contact,
      log,
      onCancel: (held) => cancelIn(roster, held),
      onJoined: (sentAt, ttl) => {
        lease.registered(sentAt, ttl)
        this.#presence.wake()
      },
      onChange: () => this.#changed(),
    })
    const { session, setState: onState } = this.#membership
    const free = (): number => (this.#membership.takesWork ? card.max_concurrency - roster.busy : 0)
    this.#claims = new Claims({ link, session, contact, log, free, onGrant })
    const { renewEvery } = options
    const onRenewed = (sentAt: number): void => lease.renewed(sentAt)
    const heard = { onState, onRenewed, onGrant }
    this.#presence = new Presence({ link, session, roster, contact, log, ...heard, renewEvery, look: hostLoad })
    this.#reporter = new Reporter({ link, session, roster, contact, log })
    roster.onNews = (attempt) => this.#reporter.add(attempt)
    roster.onRoom = () => this.#claims.wake()
  }

  /** The pid of the supervisor at this moment; undefined while there is none. */
  get supervisorPid(): number | undefined {
    return this.#supervision.pid ?? undefined
  }

  /** How many processes of jobs there are, or may be. */
  get running(): number {
    return this.#roster.busy
  }

  /**
   * Finds or starts the supervisor, registers, says what is held from an earlier life, and begins to take work.
   * Resolves when the control plane knows of the worker, however long that takes.
   *
   * @throws when no supervisor can be started, or the control plane refuses the worker; to be followed by `abandon`
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { kill_level } = await this.#supervision.start()
    await this.#membership.join({ ...this.#options.card, kill_level })
    // What was held through a restart is named before anything else is said or asked for.
    const named = this.#presence.passed()
    this.#presence.start()
    await Promise.race([named, this.#membership.closed])
    this.#reporter.start()
    this.#claims.start()
  }

  /** The worker has more tags than it said: the control plane is told, as at a registration. */
  amend(tags: readonly string[]): void {
    this.#membership.amend(tags)
  }

  #changed(): void {
    if (!this.#membership.takesWork) this.#claims.interrupt()
    this.#claims.wake()
  }

  /**
   * Ends the worker: nothing new is taken, what runs has `drainSeconds` to end by itself, then it gets TERM and five
   * seconds later KILL; all ends are reported. With `now` KILL comes at once, and all is over within about two seconds,
   * whether the control plane answers or not. May be called again, also to hurry.
   */
  stop({ now = false }: { readonly now?: boolean } = {}): Promise<void> {
    this.#stopping ??= this.#stop()
    if (now) this.#hurry.begin()
    return this.#stopping
  }

  /** Leaves at once and tells nobody: the supervisor goes on with what it runs, and waits for the next agent. */
  abandon(): void {
    this.#membership.abandon()
    this.#membership.close()
    this.#supervision.detach()
    for (const loop of [this.#claims, this.#presence, this.#reporter]) void loop.stop()
    this.#options.home.lock.release()
  }

  async #stop(): Promise<void> {
    const { log, home } = this.#options
    if (!this.#membership.isJoined) this.#membership.close()
    this.#runner.close()
    if (this.#membership.isJoined) this.#presence.leave()
    if (this.#starting !== null) {
      await this.#hurry.within(this.#starting, callPatience)
      await this.#endAll()
      await this.#sayGoodbye()
      this.#membership.close()
      const isLeft = this.#roster.size > 0
      if (isLeft)
        log.warn('not all ends could be reported: they wait on disk for the next start', {
          attempts: this.#roster.size,
        })
      await this.#supervision.leave(isLeft || this.#hurry.isOn)
    }
    home.lock.release()
  }

  async #endAll(): Promise<void> {
    const roster = this.#roster
    await this.#hurry.within(this.#claims.stop(), callPatience)
    const allEnded = roster.when(() => roster.busy === 0)
    await this.#hurry.within(allEnded, this.#options.drainSeconds * 1000, 0)
    const endIn = (grace: Millis): void => {
      for (const attempt of [...roster]) roster.follow(attempt, attempt.stop('stop', grace))
    }
    endIn(this.#hurry.isOn ? 0 : stopGrace)
    this.#hurry.onBegin(() => endIn(0))
    await this.#hurry.within(allEnded, stopGrace + endPatience)
    if (this.#membership.isJoined)
      await this.#hurry.within(
        roster.when(() => roster.size === 0),
        ackPatience,
      )
  }

  async #sayGoodbye(): Promise<void> {
    await this.#hurry.within(Promise.all([this.#presence.stop(), this.#reporter.stop()]), callPatience)
    if (this.#roster.size > 0) this.#membership.abandon()
    else await this.#hurry.within(this.#membership.goodbye(), callPatience)
  }
}
