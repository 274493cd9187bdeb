import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { connectSupervisor, killOwner, type SupervisorConnection } from '../../src/supervisor/client.ts'
import type { ChunkNote, EndNote, Note, Order, Start } from '../../src/supervisor/messages.ts'
import { processFacts } from '../../src/supervisor/proc.ts'
import { SpoolReader } from '../../src/supervisor/spool-reader.ts'

export const patience = 15_000

type Attempt = { readonly run_id: string; readonly token: number }

/** A supervisor on a folder of its own, and what it told. Both are gone when the test is over. */
export class Rig {
  readonly folder: string
  readonly notes: Note[] = []
  readonly #spawner: 'child_process' | undefined
  readonly #watchers = new Set<() => void>()
  readonly #spool = new SpoolReader()
  #connection: SupervisorConnection | null = null

  constructor(folder: string, spawner?: 'child_process') {
    this.folder = folder
    this.#spawner = spawner
  }

  get agent(): SupervisorConnection {
    if (this.#connection === null) throw new Error('not connected')
    return this.#connection
  }

  get pid(): number {
    return this.agent.pid
  }

  /** As the next agent: hears only what is told from now on. */
  async connect(patience?: number): Promise<SupervisorConnection> {
    const connection = await connectSupervisor({ folder: this.folder, spawner: this.#spawner, patience })
    this.#connection = connection
    this.notes.length = 0
    connection.onNotes((notes) => {
      this.notes.push(...notes)
      for (const watcher of [...this.#watchers]) watcher()
    })
    return connection
  }

  send(...orders: Order[]): void {
    for (const order of orders) this.agent.send(order)
  }

  /** Starts it and waits for its end. */
  run(order: Start): Promise<EndNote> {
    this.send(order)
    return this.end(order)
  }

  end(of: Attempt): Promise<EndNote> {
    return this.until(`the end of ${of.run_id}`, () => this.#of(of, 'ended')[0])
  }

  started(of: Attempt): Promise<Extract<Note, { kind: 'started' }>> {
    return this.until(`the start of ${of.run_id}`, () => this.#of(of, 'started')[0])
  }

  chunks(of: Attempt): ChunkNote[] {
    return this.#of(of, 'chunk')
  }

  /** The bytes of a stream as its chunks name them. */
  bytes(of: Attempt, stream: 'stdout' | 'stderr'): Buffer {
    const chunks = this.chunks(of).filter((chunk) => chunk.stream === stream)
    return Buffer.concat(chunks.map(({ at, length }) => this.#spool.read(this.spoolOf(of), at, length)))
  }

  spoolOf({ run_id, token }: Attempt): string {
    return join(this.folder, 'spool', `${run_id}.${token}`)
  }

  /** Until the job has written this to its stdout. */
  said(of: Attempt, text: string): Promise<string> {
    return this.until(`${of.run_id} says ${text}`, () => {
      const said = this.bytes(of, 'stdout').toString()
      return said.includes(text) ? said : undefined
    })
  }

  /** Resolves with the first value that is not undefined; looks again whenever the supervisor has told something. */
  until<T>(what: string, look: () => T | undefined, within = patience): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (finish: () => void): void => {
        clearTimeout(timer)
        clearInterval(poll)
        this.#watchers.delete(watch)
        finish()
      }
      const watch = (): void => {
        const found = look()
        if (found !== undefined) done(() => resolve(found))
      }
      const told = (): string => JSON.stringify(this.notes.slice(-3)).slice(0, 2000)
      const timer = setTimeout(
        () => done(() => reject(new Error(`waited in vain for: ${what}; told: ${told()}`))),
        within,
      )
      // What no note tells of (a process that is gone, a file) is looked for now and then.
      const poll = setInterval(watch, 20)
      this.#watchers.add(watch)
      watch()
    })
  }

  gone(pid: number): Promise<true> {
    return this.until(`the end of process ${pid}`, () => (isGone(pid) ? true : undefined))
  }

  async kill(): Promise<void> {
    const { pid } = this
    process.kill(pid, 'SIGKILL')
    await this.gone(pid)
  }

  close(): void {
    this.#spool.close()
    this.#connection?.close()
    killOwner(this.folder)
    rmSync(this.folder, { recursive: true, force: true })
  }

  #of<K extends Note['kind']>({ run_id, token }: Attempt, kind: K): Extract<Note, { kind: K }>[] {
    const isOf = (note: Note): note is Extract<Note, { kind: K }> =>
      note.kind === kind && 'run_id' in note && note.run_id === run_id && note.token === token
    return this.notes.filter(isOf)
  }
}

export async function aRig(spawner?: 'child_process'): Promise<Rig> {
  const rig = new Rig(mkdtempSync(join(tmpdir(), 'hydra-sup-')), spawner)
  onTestFinished(() => rig.close())
  await rig.connect()
  return rig
}

let made = 0

/** A shell script as an attempt, under a new run id. */
export function aShell(script: string, changes: Partial<Start> = {}): Start {
  made += 1
  const run_id = `run-${process.pid}-${made}`
  return {
    kind: 'start',
    run_id,
    ...{ job_id: 'job', domain: 'prod', token: 1, attempt: 1, slot: 0 },
    file: '/bin/bash',
    args: ['-c', script],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HYDRA_RUN_ID: run_id, HYDRA_ATTEMPT: '1' },
    ...{ cwd: null, script: null, verbatim: false },
    ...{ timeout: 0, grace: 300, log_limit: 64 * 1024 * 1024 },
    needles: { stdout_contains: [], stdout_not_contains: [], stderr_contains: [], stderr_not_contains: [] },
    ...changes,
  }
}

/** Dead, whether reaped or not. */
export const isGone = (pid: number): boolean => (processFacts(pid)?.state ?? 'Z') === 'Z'

export const filesIn = (path: string): string[] => readdirSync(path)

export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

export const statusOf = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8')
