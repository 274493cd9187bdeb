import type { Millis } from '../model/time.ts'
import type { Log } from '../runtime/log.ts'
import type { ConnectOptions, SupervisorConnection, Welcome } from '../supervisor/client.ts'
import type { Note, Order } from '../supervisor/messages.ts'
import { pauseAfter } from './contact.ts'
import { heardAt, longestLeasedSilence, longestSilence, look, pingEvery, vigilFrom } from './vigil.ts'

/** Finds the folder's living supervisor, or starts one. */
export type ConnectSupervisor = (options: ConnectOptions) => Promise<SupervisorConnection>

export interface SupervisionParts {
  readonly folder: string
  readonly connect: ConnectSupervisor
  /** Kills the supervisor of a folder, and no other process. */
  readonly kill: (folder: string) => void
  /** Of which a new supervisor gets PATH and the like. */
  readonly environment: Readonly<Record<string, string>>
  /** Whether what it runs must be ended at a deadline: then it may be silent for a shorter time. */
  readonly isLeased?: boolean
  readonly log: Log
  /** It was met: for the first time, again, or a new one in its place. Comes before any of its notes. */
  readonly onWelcome: (welcome: Welcome) => void
  readonly onNotes: (notes: readonly Note[]) => void
}

/** How long a supervisor that was told to exit may take before it is left to do so alone. */
const exitPatience: Millis = 2000
const hurriedExitPatience: Millis = 500

/** Keeps a supervisor: meets it again when the connection breaks, ends it and starts another when it hangs. */
export class Supervision {
  readonly #parts: SupervisionParts
  #connection: SupervisorConnection | null = null
  #vigil = vigilFrom(0)
  #pings = 0
  #timer: NodeJS.Timeout | null = null
  #isLeaving = false
  #closed: (() => void) | null = null

  constructor(parts: SupervisionParts) {
    this.#parts = parts
  }

  /** @throws when none can be found or started */
  async start(): Promise<Welcome> {
    const connection = await this.#meet()
    this.#timer = setInterval(() => this.look(performance.now()), pingEvery)
    return connection.welcome
  }

  /** The pid of the supervisor at this moment, or null while there is none. */
  get pid(): number | null {
    return this.#connection?.pid ?? null
  }

  /** Gives an order; false where there is no supervisor now. Who gave it repeats it at the next welcome. */
  send(order: Order): boolean {
    this.#connection?.send(order)
    return this.#connection !== null
  }

  async #meet(): Promise<SupervisorConnection> {
    const { connect, folder, environment } = this.#parts
    const connection = await connect({ folder, environment })
    if (this.#isLeaving) {
      connection.close()
      return connection
    }
    this.#connection = connection
    this.#vigil = vigilFrom(performance.now())
    connection.onClose(() => this.#lost(connection))
    this.#parts.onWelcome(connection.welcome)
    connection.onNotes((notes) => {
      this.#vigil = heardAt(this.#vigil, performance.now())
      this.#parts.onNotes(notes)
    })
    return connection
  }

  #lost(connection: SupervisorConnection): void {
    if (this.#connection !== connection) return
    this.#connection = null
    this.#closed?.()
    if (this.#isLeaving) return
    this.#parts.log.warn('the supervisor closed the connection: looking for it, or starting another', {
      pid: connection.pid,
    })
    void this.#meetAgain()
  }

  async #meetAgain(): Promise<void> {
    for (let failures = 1; !this.#isLeaving; failures += 1) {
      try {
        const { pid } = await this.#meet()
        this.#parts.log.info('a supervisor is there again', { pid })
        return
      } catch (error) {
        this.#parts.log.error('no supervisor can be reached or started', { error })
        await new Promise((resolve) => setTimeout(resolve, pauseAfter(failures)).unref())
      }
    }
  }

  /** Asks for a sign of life; ends a supervisor that gave none for too long. @param now monotonic, ms */
  look(now: Millis): void {
    const connection = this.#connection
    if (connection === null) return
    const longest = this.#parts.isLeased ? longestLeasedSilence : longestSilence
    const { vigil, isHung } = look(this.#vigil, now, longest)
    this.#vigil = vigil
    if (!isHung) {
      this.#pings += 1
      connection.send({ kind: 'ping', n: this.#pings })
      return
    }
    this.#parts.log.error('the supervisor does not answer: it is ended, with all that it ran', { pid: connection.pid })
    this.#parts.kill(this.#parts.folder)
    this.meetAnew()
  }

  /** Breaks the connection, so that the next welcome says what there is. */
  meetAnew(): void {
    const connection = this.#connection
    if (connection === null) return
    connection.close()
    this.#lost(connection)
  }

  /**
   * Lets the supervisor exit and waits for that, 2 s at most. May be called twice.
   * @param now false: once all is acknowledged; true: after KILL to everything that it runs
   */
  async leave(now: boolean): Promise<void> {
    this.#isLeaving = true
    if (this.#timer) clearInterval(this.#timer)
    const connection = this.#connection
    if (connection === null) return
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve
    })
    connection.send({ kind: 'exit', now })
    const timer = setTimeout(() => this.#closed?.(), now ? hurriedExitPatience : exitPatience)
    await closed
    clearTimeout(timer)
    this.detach()
  }

  /** Leaves the supervisor alone with what it runs: the next agent finds it. */
  detach(): void {
    this.#isLeaving = true
    if (this.#timer) clearInterval(this.#timer)
    const connection = this.#connection
    this.#connection = null
    connection?.close()
  }
}
