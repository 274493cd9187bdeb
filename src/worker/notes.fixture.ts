import { nothingSeen } from '../model/completion-rules.ts'
import { JobDefinition } from '../model/job.ts'
import type { Grant } from '../ports/link.ts'
import type { ChunkNote, EndNote, HeldNote, Note } from '../supervisor/messages.ts'

/** A grant of a shell job; what of it a test cares about is given. */
export function aGrant(given: Partial<Grant> & { readonly script?: string; readonly executor?: object } = {}): Grant {
  const { script = 'true', executor = { type: 'shell', script }, ...rest } = given
  return {
    run_id: 'r1',
    job_id: 'j1',
    domain: 'prod',
    token: 1,
    grant: 'mark',
    attempt: 1,
    slot: 0,
    scheduled_ts: 0,
    log_limit: 1024 * 1024,
    definition: JobDefinition.parse({ name: 'a job', executor, schedule: { mode: 'immediate' } }),
    ...rest,
  }
}

type Of = { readonly run_id: string; readonly token: number }
const key = ({ run_id, token }: Of = { run_id: 'r1', token: 1 }) => ({ run_id, token })

export const started = (of?: Of, spool = '/nowhere'): Extract<Note, { kind: 'started' }> => ({
  kind: 'started',
  ...key(of),
  start_ts: 1000,
  pid: 4711,
  spool,
})

export const chunk = (seq: number, more: Partial<ChunkNote> = {}): ChunkNote => ({
  kind: 'chunk',
  ...key(),
  seq,
  stream: 'stdout',
  offset: (seq - 1) * 10,
  pos: (seq - 1) * 10,
  line: seq,
  cont: false,
  ts: 1000,
  at: (seq - 1) * 10,
  length: 10,
  ...more,
})

export const ended = (last_seq: number, more: Partial<EndNote> = {}): EndNote => ({
  kind: 'ended',
  ...key(),
  cause: 'exit',
  returncode: 0,
  start_ts: 1000,
  end_ts: 2000,
  reason: '',
  seen: nothingSeen(aGrant().definition.completion),
  stdout: '',
  stderr: '',
  last_seq,
  bytes: last_seq * 10,
  dropped: 0,
  ...more,
})

export const held = (more: Partial<HeldNote> = {}): HeldNote => ({
  ...key(),
  job_id: 'j1',
  attempt: 1,
  slot: 0,
  start_ts: 1000,
  spool: '/nowhere',
  acked_seq: 0,
  ended: null,
  ...more,
})
