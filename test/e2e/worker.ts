import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { isAlive, jobProcesses, launch, newFolder, supervisorOf, tryToKill } from './server.ts'

/** A real `hydra worker` in a process of its own. */
export class RealWorker {
  readonly folder: string
  readonly id: string
  readonly #env: Record<string, string>
  readonly #args: readonly string[]
  #child: ChildProcess
  output = ''

  /** @param folder of an earlier life, or shared; by default one of its own */
  constructor({
    id,
    args,
    env,
    folder = newFolder(),
  }: {
    id: string
    args: readonly string[]
    env: Record<string, string>
    folder?: string
  }) {
    this.id = id
    this.folder = folder
    this.#args = ['worker', ...args]
    this.#env = { WORKER_ID: id, ...env }
    this.#child = this.#launch()
  }

  /** The next life, on the same folder. */
  start(): void {
    this.#child = this.#launch()
  }

  #launch(): ChildProcess {
    const child = launch(this.folder, this.#env, this.#args)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (this.output += String(text)))
    return child
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    const child = this.#child
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    }
    return child.exitCode ?? String(child.signalCode)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits until it ends by itself. */
  async ended(): Promise<number | string> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode ?? String(this.#child.signalCode)
  }

  killSupervisor(): void {
    const pid = supervisorOf(this.folder)
    if (pid !== null && isAlive(pid)) process.kill(pid, 'SIGKILL')
  }

  get jobs(): readonly { readonly pid: number; readonly run: string }[] {
    return jobProcesses(this.folder)
  }

  async clean(): Promise<void> {
    await this.end('SIGKILL')
    this.killSupervisor()
    for (const { pid } of this.jobs) tryToKill(pid)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
