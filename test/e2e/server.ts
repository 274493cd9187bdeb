import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
export const adminToken = 'an-admin-token-of-the-tests-0123456789'

export type Json = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of an answer is what it asserts
  readonly json: any
  readonly headers: Headers
}

/** A real `hydra up` in a process of its own, on a port and a data folder of its own. */
export class RealServer {
  readonly folder: string
  readonly child: ChildProcess
  readonly url: string
  #output: string

  private constructor(folder: string, child: ChildProcess, url: string, output: string) {
    this.folder = folder
    this.child = child
    this.url = url
    this.#output = output
    child.stdout?.on('data', (text) => (this.#output += String(text)))
    child.stderr?.on('data', (text) => (this.#output += String(text)))
  }

  /** Starts and waits until it is ready; `folder` continues an earlier life. */
  static async start({
    folder = newFolder(),
    env = {},
    args = ['up'],
  }: {
    folder?: string
    env?: Record<string, string>
    args?: readonly string[]
  } = {}): Promise<RealServer> {
    const child = launch(folder, env, args)
    let output = ''
    const url = await new Promise<string>((resolve, reject) => {
      const look = (text: Buffer): void => {
        output += String(text)
        const found = /ready on (http:\S+)/.exec(output)?.[1]
        if (found) resolve(found)
      }
      child.stdout?.on('data', look)
      child.stderr?.on('data', look)
      child.once('exit', (code, signal) => reject(new Error(`the server ended with ${code ?? signal}: ${output}`)))
    })
    return new RealServer(folder, child, url, output)
  }

  get output(): string {
    return this.#output
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        'x-api-key': adminToken,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    })
    const text = await response.text()
    return { status: response.status, text, json: parsed(text), headers: response.headers }
  }

  /** Submits a shell script; the ids of the job and of its run. */
  async submit(script: string, more: Json = {}): Promise<{ job: string; run: string }> {
    const made = await this.call('POST', '/jobs/', { name: 'e2e', executor: { type: 'shell', script }, ...more })
    if (made.status !== 201) throw new Error(made.text)
    const run = await until('its run', async () => (await this.call('GET', `/jobs/${made.json._id}/runs`)).json[0])
    return { job: made.json._id, run: run._id }
  }

  run = async (id: string) => (await this.call('GET', `/runs/${id}`)).json
  log = async (id: string): Promise<string> => (await this.call('GET', `/runs/${id}/log`)).text

  /** Waits until the run is in this state, or in any final one where none is named. */
  async runIs(id: string, ...states: string[]) {
    const wanted = states.length > 0 ? states : ['success', 'failed', 'timed_out', 'cancelled']
    return until(`run ${id} to be ${wanted.join(' or ')}`, async () => {
      const run = await this.run(id)
      return wanted.includes(run.status) ? run : undefined
    })
  }

  /** Sends a signal and waits for the end; the exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    if (this.child.exitCode !== null) return this.child.exitCode
    if (this.child.signalCode !== null) return this.child.signalCode
    const ended = once(this.child, 'exit')
    this.child.kill(signal)
    const [code, by] = await ended
    return code ?? by
  }

  get supervisorPid(): number | null {
    return supervisorOf(this.folder)
  }

  /** Ends what is left of this life and removes its folder. */
  async clean(): Promise<void> {
    await this.end('SIGKILL')
    const supervisor = this.supervisorPid
    if (supervisor !== null && isAlive(supervisor)) tryToKill(supervisor)
    for (const { pid } of jobProcesses(this.folder)) tryToKill(pid)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'hydra-e2e-'))

/** Starts `hydra up`, or what the arguments say, without waiting. Its jobs can be told by their E2E_FOLDER. */
export function launch(
  folder: string,
  env: Record<string, string> = {},
  args: readonly string[] = ['up'],
): ChildProcess {
  const { PATH = '', HOME = '' } = process.env
  return spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      HOME,
      PORT: '0',
      HYDRA_DATA_DIR: folder,
      ADMIN_TOKEN: adminToken,
      MAX_CONCURRENCY: '4',
      DRAIN_SECONDS: '1',
      JOB_ENV_PASS: 'E2E_FOLDER',
      E2E_FOLDER: folder,
      ...env,
    },
  })
}

export function tryToKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}

/** The pid in the supervisor's folder, or null. */
export function supervisorOf(folder: string): number | null {
  try {
    const workers = join(folder, 'workers')
    for (const worker of readdirSync(workers)) {
      const pid = /\d+/.exec(readFileSync(join(workers, worker, 'pid'), 'utf8'))?.[0]
      if (pid) return Number(pid)
    }
  } catch {
    // Not there (any more).
  }
  return null
}

/** Lives, and is no zombie: where pid 1 reaps nobody, a dead process keeps its pid. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** The processes of the jobs that a program on this data folder started, and of their children. */
export function jobProcesses(folder: string): { pid: number; run: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || !isAlive(Number(name))) return []
    try {
      const environ = readFileSync(`/proc/${name}/environ`, 'latin1')
      const run = /(?:^|\0)HYDRA_RUN_ID=([^\0]*)/.exec(environ)?.[1]
      return run && environ.split('\0').includes(`E2E_FOLDER=${folder}`) ? [{ pid: Number(name), run }] : []
    } catch {
      return []
    }
  })
}

/** Polls until something is found; for what other processes do there is no signal to wait for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  seconds = 40,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== null && found !== false) return found
    if (performance.now() > deadline) throw new Error(`gave up waiting for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
