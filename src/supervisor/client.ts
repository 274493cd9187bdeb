import { connect, type Socket } from 'node:net'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { folderAt, isOurs, socketPath } from './folder.ts'
import { isAlive, readIdentity } from './identity.ts'
import { type Launch, launchSupervisor } from './launch.ts'
import { LineSplitter } from './line-splitter.ts'
import { Note, type Order, protocolVersion } from './messages.ts'

export { scriptPath } from './folder.ts'
export { bootClock } from './lease.ts'

/** A supervisor that accepts a connection and says nothing for this long hangs; ms. */
const usualPatience = 10_000
const retryEvery = 20

export type Welcome = Extract<Note, { kind: 'welcome' }>

export interface ConnectOptions extends Launch {
  /** How long a supervisor may say nothing before it counts as hung; ms. */
  readonly patience?: number | undefined
}

/** The agent's end of the connection to its supervisor. */
export interface SupervisorConnection {
  readonly welcome: Welcome
  readonly pid: number
  send(order: Order): void
  /** All that one read brought, in order. What comes before the first callback is set waits for it. */
  onNotes(callback: (notes: readonly Note[]) => void): void
  /** The supervisor is gone, or another agent has taken its place. Called at once if that was so before. */
  onClose(callback: () => void): void
  /** The supervisor and its jobs go on. */
  close(): void
}

/**
 * Connects to the folder's supervisor, and starts one where none lives. One that hangs (alive, but it refuses, or says
 * nothing within 10 s) is killed and replaced: the next one ends what it left running.
 * Throws when a new one does not answer within 10 s either.
 */
export async function connectSupervisor(options: ConnectOptions): Promise<SupervisorConnection> {
  const { patience = usualPatience } = options
  const folder = folderAt(options.folder)
  const until = performance.now() + 3 * patience
  let launched = false
  for (;;) {
    const deadline = performance.now() + patience
    while (performance.now() < deadline) {
      const connection = await tryToConnect(options.folder, deadline)
      if (connection !== null) return connection
      const owner = readIdentity(folder)
      const lives = owner !== null && isAlive(owner)
      if (!lives && !launched) launchSupervisor(options)
      launched ||= !lives
      await wait(retryEvery)
    }
    killOwner(options.folder)
    launched = false
    if (performance.now() > until)
      throw new Error(`the supervisor of ${options.folder} does not answer; see ${folder.log}`)
  }
}

/** KILL for the process that owns the folder, if it is still that very process. */
export function killOwner(path: string): void {
  const owner = readIdentity(folderAt(path))
  if (owner === null || !isAlive(owner)) return
  try {
    process.kill(owner.pid, 'SIGKILL')
  } catch {}
}

/** @returns null when nobody listens, or nobody answers until the deadline */
function tryToConnect(folder: string, deadline: number): Promise<SupervisorConnection | null> {
  const path = socketPath(folder)
  if (!isOurs(folder)) throw new Error(`${path} is in a folder of another user's: no supervisor of ours can be there`)
  return new Promise((resolve) => {
    const socket = connect(path)
    const timer = setTimeout(() => socket.destroy(), Math.max(0, deadline - performance.now()))
    const line = new AgentLine(socket, (welcome) => {
      clearTimeout(timer)
      resolve(connectionOver(line, socket, welcome))
    })
    socket.on('error', () => {})
    socket.on('connect', () => line.send({ kind: 'hello', protocol: protocolVersion }))
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(null)
    })
  })
}

function connectionOver(line: AgentLine, socket: Socket, welcome: Welcome): SupervisorConnection {
  return {
    welcome,
    pid: welcome.pid,
    send: (order) => line.send(order),
    onNotes: (callback) => line.onNotes(callback),
    onClose(callback) {
      if (socket.closed) callback()
      else socket.once('close', callback)
    },
    close: () => socket.destroy(),
  }
}

/** Parses what comes, and gathers what goes until the turn of the event loop ends. */
class AgentLine {
  readonly #socket: Socket
  readonly #onWelcome: (welcome: Welcome) => void
  readonly #lines = new LineSplitter()
  #callback: ((notes: readonly Note[]) => void) | null = null
  #early: Note[] = []
  #outgoing: string[] = []
  #turn: NodeJS.Immediate | null = null

  constructor(socket: Socket, onWelcome: (welcome: Welcome) => void) {
    this.#socket = socket
    this.#onWelcome = onWelcome
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
  }

  send(order: Order): void {
    this.#outgoing.push(JSON.stringify(order))
    this.#turn ??= setImmediate(() => this.#flush())
  }

  onNotes(callback: (notes: readonly Note[]) => void): void {
    this.#callback = callback
    const early = this.#early
    this.#early = []
    if (early.length > 0) callback(early)
  }

  #flush(): void {
    this.#turn = null
    const text = `${this.#outgoing.join('\n')}\n`
    this.#outgoing = []
    if (!this.#socket.destroyed) this.#socket.write(text)
  }

  #read(bytes: Buffer): void {
    const notes: Note[] = []
    for (const line of this.#lines.push(bytes)) {
      const note = Note.parse(JSON.parse(line))
      if (note.kind === 'welcome') this.#onWelcome(note)
      else notes.push(note)
    }
    if (notes.length === 0) return
    if (this.#callback === null) this.#early.push(...notes)
    else this.#callback(notes)
  }
}
