import { expect } from 'vitest'
import { z } from 'zod'
import type { Service } from '../harness.ts'

const Registered = z.object({ session: z.string() })
const Claimed = z.object({ grants: z.array(z.object({ run_id: z.string() })) })

/** A worker's place over HTTP, with runs that were given to it: what a worker says is believed of those alone. */
export class Seat {
  readonly #service: Service
  readonly #token: string
  #session = ''
  #runs: string[] = []
  #taken = 0

  constructor(service: Service, token: string) {
    this.#service = service
    this.#token = token
  }

  /** Registers a new worker, as an earlier one's slots are held by what it was given, and claims as many runs. */
  async take(runs: number): Promise<void> {
    const secret = 'a-secret-of-the-worker'
    const asked = { token: this.#token }
    const free = Math.min(runs, 100)
    this.#taken += 1
    const { json } = await this.#service.post(
      '/link/register',
      { card: card(`seat-${this.#taken}`, free), secret },
      asked,
    )
    this.#session = Registered.parse(json).session
    const definition = { name: 'given', executor: { type: 'shell', script: 'true' }, retries: 1 }
    for (let n = 0; n < free; n += 1) await this.#service.post('/jobs/', definition, asked)
    const claim = { session: this.#session, secret, free }
    const { grants } = Claimed.parse((await this.#service.post('/link/claim', claim, asked)).json)
    this.#runs = grants.map(({ run_id }) => run_id)
    expect(this.#runs, 'the runs that a worker over HTTP was given').not.toEqual([])
  }

  /** The text with this session and one of its runs, the next each time, where it has a place for them. */
  fill(text: string): string {
    if (!text.includes('@run') && !text.includes('@session')) return text
    const run = this.#runs.shift() ?? ''
    this.#runs.push(run)
    return text.replaceAll('@run', run).replaceAll('@session', this.#session)
  }
}

const card = (worker_id: string, max_concurrency: number) => ({
  domain: 'a',
  worker_id,
  os: 'linux',
  tags: [],
  allowed_users: [],
  queues: ['default'],
  hostname: 'here',
  ip: '127.0.0.1',
  subnet: '127.0.0',
  deployment_type: 'test',
  capabilities: ['shell'],
  max_concurrency,
  kill_level: 'none',
  run_user: '',
  cpu_count: 1,
  python_version: null,
  cwd: '/',
  version: '0',
  ttl: null,
  first_state: 'online',
})
