import type { AuditEntry } from '../src/model/audit.ts'
import {
  type Job,
  type JobDefinition,
  type JobVersion,
  JobDefinition as Parsed,
  presentVersion,
} from '../src/model/job.ts'
import type { LogChunk } from '../src/model/log.ts'
import { newRun, type Run } from '../src/model/run.ts'
import type { Session } from '../src/model/session.ts'
import { newId } from '../src/runtime/ids.ts'

/** Values for tests: complete and valid, each unlike the last; what a test is about, it names. */

/** The moment that builders build at, ms. */
export const builtAt = Date.parse('2026-03-01T00:00:00Z')

/** A definition as the API would have parsed it. */
export const aDefinition = (given: Record<string, unknown> = {}): JobDefinition =>
  Parsed.parse({
    name: 'a job',
    executor: { type: 'shell', script: 'true' },
    schedule: { mode: 'immediate' },
    ...given,
  })

/** A stored job. `definition` is what a user would write; `job` are fields of the document itself. */
export function aJob(job: Partial<Job> = {}, definition: Record<string, unknown> = {}): Job {
  const { schedule, ...defined } = aDefinition(definition)
  return {
    ...defined,
    _id: newId(),
    domain: 'prod',
    schedules: [{ ...schedule, id: 'main' }],
    next_run_at: null,
    last_tick: null,
    last_skip: null,
    due: null,
    effects: [],
    version: 1,
    rev: 1,
    created_at: builtAt,
    updated_at: builtAt,
    updated_by: 'default',
    deleted_at: null,
    retry: null,
    limits: null,
    ...job,
  }
}

/** The version of a job that its present definition is. */
export const aVersion = (job: Job): JobVersion => presentVersion(job)

/** A pending run, of a job of its own unless `job_id` or `job` says which. */
export function aRun(run: Partial<Run> = {}, job: Job = aJob()): Run {
  const made = newRun(job, aVersion(job), {
    run_id: run._id ?? newId(),
    trigger: 'manual_run',
    tick: null,
    now: builtAt,
  })
  return { ...made, ...run }
}

/** A live session of a worker. */
export function aSession(session: Partial<Session> = {}): Session {
  return {
    _id: newId(),
    domain: 'prod',
    worker_id: 'w1',
    os: 'linux',
    tags: [],
    allowed_users: [],
    queues: ['default'],
    hostname: 'host',
    ip: '127.0.0.1',
    subnet: '127.0.0',
    deployment_type: 'host',
    capabilities: ['shell', 'external'],
    max_concurrency: 2,
    kill_level: 'subreaper',
    run_user: 'root',
    cpu_count: 2,
    python_version: null,
    cwd: '/',
    version: '0.1.0',
    ttl: 10_000,
    first_state: 'online',
    secret_hash: 'hash',
    state: 'live',
    hold_until: null,
    token_hash: null,
    created_at: builtAt,
    ended_at: null,
    rev: 1,
    ...session,
  }
}

/** A chunk of a log: the first of its attempt unless the numbers say otherwise. */
export function aChunk(chunk: Partial<Omit<LogChunk, 'bytes'>> & { readonly text?: string } = {}): LogChunk {
  const { text = 'hello\n', ...numbers } = chunk
  return {
    run_id: 'run',
    attempt: 1,
    seq: 1,
    stream: 'stdout',
    offset: 0,
    pos: 0,
    line: 1,
    cont: false,
    ts: builtAt,
    ...numbers,
    bytes: Buffer.from(text),
  }
}

let entries = 0

/** An entry of the audit; later ones at the same moment come after it. */
export function anEntry(entry: Partial<AuditEntry> = {}): AuditEntry {
  const { at = builtAt } = entry
  const [time, count] = [at.toString(16).padStart(12, '0'), (entries++).toString(16).padStart(3, '0')]
  return {
    _id: `${time.slice(0, 8)}-${time.slice(8)}-7${count}-8000-000000000000`,
    at,
    domain: 'prod',
    actor: 'default',
    token_id: null,
    action: 'job.run',
    object: 'job',
    before: null,
    after: null,
    address: null,
    agent: null,
    ...entry,
  }
}
