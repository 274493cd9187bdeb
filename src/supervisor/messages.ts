import { z } from 'zod'
import { Sightings } from '../model/completion.ts'

export { protocolVersion } from './protocol.ts'

/**
 * What agent and supervisor say to each other, one JSON text a line over a Unix socket (a named pipe on Windows). Both
 * sides parse what comes in. Times are ms since the epoch. `key` names an attempt: `run_id:token`. The supervisor itself
 * takes only the types from here, and parses by hand (`orders.ts`): the schema library would cost it a third of its memory.
 */

/** Everything that the supervisor needs to run one attempt; no secret of ours is in it. */
export const Start = z.object({
  kind: z.literal('start'),
  run_id: z.string(),
  job_id: z.string(),
  domain: z.string(),
  token: z.number(),
  attempt: z.number(),
  slot: z.number(),
  /** The program: a path, or a name that is looked up in the job's own PATH. */
  file: z.string(),
  /** Without argv[0], which is `file`. */
  args: z.array(z.string()),
  /** The job's whole environment. */
  env: z.record(z.string(), z.string()),
  /** null: a folder of the attempt's own, made before and removed after. */
  cwd: z.string().nullable(),
  /** What is to stand in the attempt's script file (`scriptPath`) until its end; null: there is none. */
  script: z.string().nullable(),
  /** Windows: the arguments are put into the command line as they are. */
  verbatim: z.boolean(),
  /** ms; 0: none. */
  timeout: z.number(),
  /** ms between TERM and KILL for a timeout or a cancel. */
  grace: z.number(),
  /** Bytes of output kept; past it the rest is read, counted and dropped. */
  log_limit: z.number(),
  needles: z.object({
    stdout_contains: z.array(z.string()),
    stdout_not_contains: z.array(z.string()),
    stderr_contains: z.array(z.string()),
    stderr_not_contains: z.array(z.string()),
  }),
})
export type Start = z.infer<typeof Start>

const Key = { run_id: z.string(), token: z.number() }

/** Agent → supervisor. */
export const Order = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), protocol: z.number() }),
  Start,
  /** TERM to the whole tree, `grace` ms later KILL; the attempt then ends with this cause unless it had one. */
  z.object({ kind: z.literal('stop'), ...Key, cause: z.enum(['cancel', 'stop']), grace: z.number() }),
  /** All of the attempt up to this sequence is stored; with `done` it is forgotten, spool and all (the journal still knows the token). */
  z.object({ kind: z.literal('ack'), ...Key, seq: z.number(), done: z.boolean() }),
  /** Tell the chunks after `seq` once more. */
  z.object({ kind: z.literal('resend'), ...Key, seq: z.number() }),
  z.object({ kind: z.literal('ping'), n: z.number() }),
  /** Until when jobs may run, by the boot clock (`bootClock`), ms; null: without an end. */
  z.object({ kind: z.literal('lease'), until: z.number().nullable() }),
  /** Exit once nothing runs and all is acknowledged; with `now`, KILL everything first. */
  z.object({ kind: z.literal('exit'), now: z.boolean() }),
])
export type Order = z.infer<typeof Order>

/** A chunk's place: its bytes lie in the attempt's spool file, `length` bytes from `at`. */
export const ChunkNote = z.object({
  kind: z.literal('chunk'),
  ...Key,
  seq: z.number(),
  stream: z.enum(['stdout', 'stderr']),
  offset: z.number(),
  pos: z.number(),
  line: z.number(),
  cont: z.boolean(),
  ts: z.number(),
  at: z.number(),
  length: z.number(),
})
export type ChunkNote = z.infer<typeof ChunkNote>

export const EndNote = z.object({
  kind: z.literal('ended'),
  ...Key,
  cause: z.enum(['exit', 'timeout', 'cancel', 'stop', 'lost', 'not_spawned']),
  returncode: z.number().nullable(),
  start_ts: z.number().nullable(),
  end_ts: z.number(),
  reason: z.string(),
  seen: Sightings,
  /** The newest 64 KiB of each stream, as text. */
  stdout: z.string(),
  stderr: z.string(),
  last_seq: z.number(),
  /** Bytes read of both streams, and how many of them were dropped past `log_limit`. */
  bytes: z.number(),
  dropped: z.number(),
})
export type EndNote = z.infer<typeof EndNote>

/** An attempt that the supervisor holds: what an agent that comes back learns first. */
export const HeldNote = z.object({
  ...Key,
  job_id: z.string(),
  attempt: z.number(),
  slot: z.number(),
  start_ts: z.number().nullable(),
  spool: z.string().nullable(),
  acked_seq: z.number(),
  ended: EndNote.nullable(),
})
export type HeldNote = z.infer<typeof HeldNote>

/** Supervisor → agent. */
export const Note = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('welcome'),
    protocol: z.number(),
    pid: z.number(),
    kill_level: z.string(),
    spawner: z.enum(['posix_spawn', 'child_process']),
    held: z.array(HeldNote),
  }),
  /** The process runs. `spool`: the file that the chunks' bytes will lie in. */
  z.object({ kind: z.literal('started'), ...Key, start_ts: z.number(), pid: z.number(), spool: z.string() }),
  /** The journal knows this token: it was started before, and nothing was started now. */
  z.object({ kind: z.literal('refused'), ...Key, reason: z.string() }),
  ChunkNote,
  EndNote,
  z.object({ kind: z.literal('pong'), n: z.number() }),
])
export type Note = z.infer<typeof Note>
