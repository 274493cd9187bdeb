import type { StreamName } from '../model/log.ts'
import { noteAt, openLine } from '../model/log-note.ts'
import type { Run } from '../model/run.ts'
import type { Millis } from '../model/time.ts'
import type { LogStore } from '../ports/log-store.ts'

/** The attempt that ended with its worker by this change, or null. */
export function endedUnheard(before: Run, after: Run): number | null {
  const last = after.attempts.at(-1)
  const isNew = last?.token === before.token && (last.outcome === 'lost' || last.outcome === 'interrupted')
  return isNew ? last.attempt : null
}

/**
 * Says in the log of such an attempt that there may have been more of it. Written after the change that ended it: from then on
 * no report of it is taken, so nothing comes behind this line.
 */
export async function noteLoss(logs: LogStore, run_id: string, attempt: number, now: Millis): Promise<void> {
  const size = (await logs.size(run_id)).find((one) => one.attempt === attempt)
  const { seq, lines, stdout, stderr } = size ?? { seq: 0, lines: 0, stdout: 0, stderr: 0 }
  const open = async (stream: StreamName, bytes: number): Promise<number | null> =>
    bytes === 0 ? null : openLine(await logs.at(run_id, attempt, bytes - 1, stream))
  const end = {
    ...{ run_id, attempt, seq, lines, sizes: { stdout, stderr } },
    open: { stdout: await open('stdout', stdout), stderr: await open('stderr', stderr) },
  }
  const text = `[hydra] attempt ${attempt} ended with its worker: what it wrote and had not told by then is not known`
  await logs.append(noteAt(end, text, now))
}
