import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Link } from '../../src/ports/link.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { connectSupervisor, killOwner } from '../../src/supervisor/client.ts'
import { Agent } from '../../src/worker/agent.ts'
import { findFacts, type WorkerSettings } from '../../src/worker/facts.ts'
import { takeHome } from '../../src/worker/home.ts'
import { lookAround } from '../../src/worker/surroundings.ts'

/** One worker's data directory, with the real supervisor in it, and the agents that come and go. */
export class Machine {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'hydra-'))
  readonly #agents: Agent[] = []

  get folder(): string {
    return join(this.dataDir, 'workers', 'w1')
  }

  /** An agent that has started. To end it as `kill -9` would, `abandon` it: its socket closes, its lock is free. */
  async agent(link: Link, { slots = 4, drainSeconds = 0 } = {}): Promise<Agent> {
    const home = takeHome({ dataDir: this.dataDir, workerId: 'w1', hostname: 'host' })
    const settings: WorkerSettings = {
      domain: 'prod',
      workerId: home.worker_id,
      tags: [],
      autoTags: false,
      allowedUsers: [],
      queues: ['default'],
      maxConcurrency: slots,
      initialState: 'online',
      deploymentType: 'docker',
      jobWorkdir: 'own',
      ttl: null,
      version: '1.2.3',
      baseEnvironment: { PATH: process.env.PATH ?? '', HOME: this.dataDir },
    }
    const { card, host } = await findFacts(
      settings,
      lookAround(settings, async () => null),
    )
    const real = { connect: connectSupervisor, kill: killOwner }
    const agent = new Agent({ ...real, link, home, card, host, log: silentLog, drainSeconds, renewEvery: 100 })
    this.#agents.push(agent)
    await agent.start()
    return agent
  }

  /** What attempts left on the disk. */
  get leftovers(): readonly string[] {
    return ['spool', 'tmp'].flatMap((part) => readdirSync(join(this.folder, part)))
  }

  path(name: string): string {
    return join(this.dataDir, name)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  async clean(): Promise<void> {
    await Promise.all(this.#agents.splice(0).map((agent) => agent.stop({ now: true })))
    killOwner(this.folder)
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}
