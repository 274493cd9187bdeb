import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../runtime/log.ts'
import { Agent } from './agent.ts'
import { findFacts } from './facts.ts'
import { takeHome } from './home.ts'
import { FakeLink } from './link.fixture.ts'
import { ended } from './notes.fixture.ts'
import type { Probe } from './probe.ts'
import { FakeSupervisor } from './supervisor.fixture.ts'
import { lookAround } from './surroundings.ts'

/** An agent between a control plane and a supervisor that do what a test says. */
export class Scene {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'hydra-worker-'))
  readonly link = new FakeLink()
  readonly supervisor = new FakeSupervisor()
  /** What programs answer that are asked for their version. */
  probe: Probe = async () => null
  readonly #agents: Agent[] = []

  get folder(): string {
    return join(this.dataDir, 'workers', 'w1')
  }

  async agent({ slots = 2, drainSeconds = 0 } = {}): Promise<Agent> {
    const home = takeHome({ dataDir: this.dataDir, workerId: 'w1', hostname: 'host' })
    const settings = {
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
      baseEnvironment: { PATH: '/usr/bin:/bin' },
    } as const
    const { card, host } = await findFacts(
      settings,
      lookAround(settings, async () => null),
    )
    const { link, supervisor, probe } = this
    const fakes = { link, probe, connect: supervisor.connect, kill: () => {}, log: silentLog, renewEvery: 50 }
    const agent = new Agent({ ...fakes, home, card, host, drainSeconds })
    this.#agents.push(agent)
    return agent
  }

  async startedAgent(more: { slots?: number; drainSeconds?: number } = {}): Promise<Agent> {
    const agent = await this.agent(more)
    await agent.start()
    return agent
  }

  async clean(): Promise<void> {
    this.supervisor.onOrder = (order) =>
      order.kind === 'stop' ? [ended(0, { run_id: order.run_id, token: order.token })] : []
    this.link.outage = null
    await Promise.all(this.#agents.splice(0).map((agent) => agent.stop({ now: true })))
    rmSync(this.dataDir, { recursive: true, force: true })
  }
}
