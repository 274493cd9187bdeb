import { expect, test } from 'vitest'
import type { WorkerDocument } from '../../../../src/client/index.ts'
import { whoFits } from './who-fits.ts'

const worker = (worker_id: string, change: Partial<WorkerDocument> = {}): WorkerDocument => ({
  worker_id,
  domain: 'default',
  os: 'linux',
  tags: [],
  allowed_users: [],
  queues: ['default'],
  max_concurrency: 2,
  current_running: 0,
  last_heartbeat: 0,
  status: 'online',
  state: 'online',
  hostname: 'here',
  ip: '10.0.0.1',
  subnet: '10.0.0',
  deployment_type: 'plain',
  run_user: 'ann',
  cpu_count: 2,
  python_version: null,
  cwd: '/',
  running_jobs: [],
  running_runs: [],
  capabilities: ['shell'],
  kill_level: 'group',
  version: '0',
  ...change,
})

test('who could take a draft now stands first, and each other one with what keeps it', () => {
  const workers = [
    worker('far', { domain: 'other' }),
    worker('plain'),
    worker('busy', { tags: ['GPU'], current_running: 2 }),
    worker('away', { tags: ['GPU'], status: 'offline' }),
    worker('good', { tags: ['GPU'] }),
    worker('told', { tags: ['GPU'], state: 'draining' }),
  ]
  const draft = { executor: { type: 'shell' }, affinity: { tags: ['gpu'], os: 7 } }
  expect(whoFits(draft, workers, 'default').map(({ worker: { worker_id }, why }) => [worker_id, why])).toEqual([
    ['good', null],
    ['plain', 'it lacks the tag gpu'],
    ['busy', 'all its 2 slots are taken'],
    ['away', 'it is offline'],
    ['told', 'it is draining'],
  ])
  expect(whoFits({ queue: 'night' }, workers, null)).toHaveLength(6)
  expect(whoFits({ queue: 'night' }, workers, 'default').every(({ why }) => why !== null)).toBe(true)
})
