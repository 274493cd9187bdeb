import { z } from 'zod'
import { Sightings } from '../completion.ts'
import { text } from '../fields.ts'
import { JobDefinition } from '../job.ts'
import { streams } from '../log.ts'
import { workerStates } from '../session.ts'
import { iso, latestTime } from '../time.ts'

/**
 * What worker and control plane say to each other where the link crosses a wire, as JSON. Both sides parse what comes in.
 * Times are ms since the epoch; bytes travel as base64. The meaning stands at the link's port.
 */

const words = z.array(text(300)).max(1000)
/** Characters of base64: what any store takes in one piece, and far more than a chunk should have. */
const longestBytes = 1_500_000
const count = z.int().min(0)
/** Whatever a worker's clock shows: what is stored must be a time that every list can write. */
const moment = z.number().min(0).max(latestTime)
const id = text(100)
const workerId = z.string().regex(/^(?!pending$)(?!\.+$)[A-Za-z0-9._-]{1,64}$/, {
  error: 'must be 1 to 64 letters, digits, dots, underscores and hyphens, and not pending',
})

/** What a worker says of itself. */
export const CardWire = z.object({
  domain: text(63),
  worker_id: workerId,
  os: text(50),
  tags: words,
  allowed_users: words,
  queues: words,
  hostname: text(255),
  ip: text(64),
  subnet: text(64),
  deployment_type: text(64),
  capabilities: words,
  max_concurrency: z.int().min(1).max(10_000),
  kill_level: text(50),
  run_user: text(300),
  cpu_count: count,
  python_version: text(50).nullable(),
  cwd: text(4096),
  version: text(50),
  /** The lease that it asks for; the control plane's own TTL counts where that is longer. */
  ttl: count.nullable(),
  first_state: z.enum(workerStates),
})

/** How busy a worker's machine is. Told once a minute; a worker may leave it out. */
const HostLoadWire = z.object({
  load_average: z.number().min(0).max(1_000_000).nullable(),
  memory_free: count,
  memory_total: count,
})

export const HeldWire = z.object({ run_id: id, token: count })

/** What a renewal names, and says besides. */
export const heldAndLoad = {
  held: z.array(HeldWire).max(100_000),
  host: HostLoadWire.nullish(),
  leaving: z.boolean().optional(),
}

/** How a worker proves, at every call, that the session is its own. */
const proof = { session: id, secret: text(200) }

export const RegisterWire = z.object({ card: CardWire, secret: text(200).min(16) })
export const RegisteredWire = z.object({
  session: id,
  state: z.enum(workerStates),
  ttl: count.nullable(),
})

export const ClaimWire = z.object({ ...proof, free: z.int().min(1).max(10_000) })

/** A stored definition's times are milliseconds; as a user's are read, they are words. */
const inWords = (value: unknown): unknown => (moment.safeParse(value).success ? iso(Number(value)) : value)

function withTimesInWords(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || !('schedule' in given)) return given
  const { schedule } = given
  if (typeof schedule !== 'object' || schedule === null) return given
  const times = Object.entries(schedule).map(([name, value]) => [name, name.endsWith('_at') ? inWords(value) : value])
  return { ...given, schedule: Object.fromEntries(times) }
}

export const GrantWire = z.object({
  run_id: id,
  job_id: id,
  domain: text(63),
  token: count,
  grant: text(100),
  attempt: count,
  slot: count,
  scheduled_ts: moment,
  definition: z.preprocess(withTimesInWords, JobDefinition),
  log_limit: count,
})
export const GrantsWire = z.object({ grants: z.array(GrantWire) })

export const RenewWire = z.object({ ...proof, ...heldAndLoad })
export const RenewalWire = z.object({
  state: z.enum(workerStates),
  cancel: z.array(HeldWire),
  forget: z.array(HeldWire),
  again: z.array(GrantWire),
  // Schedulers of an earlier version say nothing of it.
  partial: z.boolean().default(false),
})

const ChunkWire = z.object({
  run_id: id,
  attempt: count,
  seq: count,
  stream: z.enum(streams),
  offset: count,
  pos: count,
  line: count,
  cont: z.boolean(),
  ts: moment,
  bytes: z.string().max(longestBytes).pipe(z.base64()),
})

const EndedWire = z.object({
  cause: z.enum(['exit', 'timeout', 'cancel', 'stop', 'lost', 'not_spawned']),
  returncode: z.int().nullable(),
  end_ts: moment,
  reason: z.string().max(10_000),
  seen: Sightings,
  output: z.object({ stdout: z.string().max(65_536), stderr: z.string().max(65_536) }),
  last_seq: count,
})

export const ReportWire = z.object({
  run_id: id,
  token: count,
  attempt: count,
  start_ts: moment.nullable(),
  chunks: z.array(ChunkWire),
  ended: EndedWire.nullable(),
  never_started: z.boolean(),
})
export type ReportWire = z.infer<typeof ReportWire>

export const ReportsWire = z.object({ ...proof, reports: z.array(ReportWire).max(1000) })
export const AcksWire = z.object({
  acks: z.array(
    z.object({ run_id: id, token: count, verdict: z.enum(['stored', 'stale', 'resend']), stored_seq: count }),
  ),
})

/** A session, proven: to wait for cancels, or to say goodbye. */
export const SessionWire = z.object(proof)
export const CancelsWire = z.object({ cancel: z.array(HeldWire) })
