import { executorTypes } from '../../model/executor.ts'
import type { Job, JobVersion } from '../../model/job.ts'
import { keptTail, type LogChunk, type StreamName } from '../../model/log.ts'
import { type Attempt, type FinalStatus, finalStatuses, newRun, type Run, type RunOutput } from '../../model/run.ts'
import type { Millis } from '../../model/time.ts'
import { idOf, madeAt, momentIn, textOf, wholeOf } from './seed-values.ts'
import type { Fields } from './stored.ts'

/** A run of the seed's system as one of ours, with all that it kept of its output. */
export interface LiftedRun {
  readonly run: Run
  readonly output: RunOutput
  readonly chunks: readonly LogChunk[]
}

/** What its job, which may be gone, says of a run. */
export interface JobOfRun {
  readonly job: Job
  readonly version: JobVersion
}

/** Bytes in one chunk. */
const chunkSize = 256 * 1024

export const leftRunning = 'left running by an earlier system: when it ended, and how, is not known'

/**
 * Reads a run that the seed's system wrote; null where it does not name its job. What it left running is closed as failed.
 * @param of its job, or any that stands for it
 */
export function liftedRun(document: Fields, of: JobOfRun, now: Millis): LiftedRun | null {
  const [_id, job_id] = [idOf(document._id), idOf(document.job_id)]
  if (_id === null || job_id === null) return null
  const start_ts = momentIn(document.start_ts)
  const scheduled_ts = momentIn(document.scheduled_ts) ?? dueBefore(start_ts, document.queue_latency_ms)
  const created_at = scheduled_ts ?? start_ts ?? madeAt(document._id) ?? now
  const tick = momentIn(document.schedule_tick)
  const fresh = newRun({ _id: job_id, domain: textOf(document.domain) ?? of.job.domain }, of.version, {
    run_id: _id,
    trigger: tick === null ? 'manual_run' : 'schedule',
    tick: null,
    now: created_at,
  })
  const run: Run = {
    ...fresh,
    ...endOf(document, { start_ts, created_at }),
    user: textOf(document.user) ?? fresh.user,
    executor_type: executorTypes.find((type) => type === document.executor_type) ?? fresh.executor_type,
    schedule_mode: textOf(document.schedule_mode) ?? fresh.schedule_mode,
    schedule_tick: tick,
    retries_remaining: wholeOf(document.retries_remaining) ?? 0,
    slot: wholeOf(document.slot),
    effects: [{ kind: 'totals' }],
  }
  const [stdout, stderr] = [document.stdout, document.stderr].map((text) => (typeof text === 'string' ? text : ''))
  const output = { stdout: stdout ?? '', stderr: stderr ?? '' }
  const kept = { stdout: lastBytes(output.stdout), stderr: lastBytes(output.stderr) }
  return { run, output: kept, chunks: chunksOf(run, output) }
}

const dueBefore = (start: Millis | null, latency: unknown): Millis | null =>
  start === null || wholeOf(latency) === null ? null : start - (wholeOf(latency) ?? 0)

/** How it ended. One that was not final was running, or was to: nobody will ever say more of it. */
function endOf(
  document: Fields,
  { start_ts, created_at }: { readonly start_ts: Millis | null; readonly created_at: Millis },
): Partial<Run> {
  const known = finalStatuses.find((status) => status === document.status) ?? aliases[String(document.status)]
  const status = known ?? 'failed'
  const end_ts = Math.max((known ? momentIn(document.end_ts) : null) ?? start_ts ?? created_at, start_ts ?? 0)
  const reason = known ? (textOf(document.completion_reason) ?? status) : leftRunning
  const attempt = Math.max(start_ts === null ? 0 : 1, wholeOf(document.attempt) ?? 0)
  const worker_id = textOf(document.worker_id)
  const returncode = known ? wholeOf(document.returncode) : null
  const attempts: Attempt = {
    ...{ attempt, token: attempt, worker_id: worker_id ?? '', session: '', start_ts, end_ts, returncode },
    ...{ outcome: status, reason, usage: null },
  }
  return {
    ...{ status, token: attempt, attempt, attempts: start_ts === null ? [] : [attempts], worker_id, start_ts, end_ts },
    ...{ returncode, completion_reason: reason },
  }
}

const aliases: Readonly<Record<string, FinalStatus>> = {
  succeeded: 'success',
  failure: 'failed',
  error: 'failed',
  timeout: 'timed_out',
  canceled: 'cancelled',
}

/** The newest bytes that a run keeps. */
function lastBytes(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= keptTail) return text
  // A character whose first bytes are cut off is left out.
  let at = bytes.length - keptTail
  while (((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1
  return bytes.subarray(at).toString()
}

/** Its output as a log: stdout, then stderr, whose order among each other nobody noted. */
function chunksOf(run: Run, output: RunOutput): readonly LogChunk[] {
  const chunks: LogChunk[] = []
  let [pos, line] = [0, 1]
  const add = (stream: StreamName): void => {
    const bytes = Buffer.from(output[stream])
    for (let offset = 0; offset < bytes.length; offset += chunkSize) {
      const piece = bytes.subarray(offset, offset + chunkSize)
      const cont = offset > 0 && bytes[offset - 1] !== 10
      const ts = run.start_ts ?? run.created_at
      const [run_id, attempt, seq] = [run._id, Math.max(1, run.attempt), chunks.length + 1]
      chunks.push({ run_id, attempt, seq, stream, offset, pos, line, cont, ts, bytes: piece })
      pos += piece.length
      for (const byte of piece) if (byte === 10) line += 1
    }
    if (bytes.length > 0 && bytes.at(-1) !== 10) line += 1
  }
  add('stdout')
  add('stderr')
  return chunks
}
