import { ApiError, type HydraClient, isFinal, type RunWithAttempts } from '../client/index.ts'
import { sleep } from '../client/sleep.ts'
import { runColumns } from './columns.ts'
import { codeOfError, codeOfRun, exitCodes } from './exit-codes.ts'
import { watchInterrupts } from './interrupts.ts'
import { self } from './self.ts'
import type { Session } from './session.ts'
import { patience, showLog, wholeLog } from './show-log.ts'
import { printable, span } from './text.ts'

export interface WatchChoice {
  /** How long at most, in seconds. */
  readonly timeout?: number | undefined
  readonly raw?: boolean | undefined
}

/** A run that has not started after this is asked why. ms */
const askWhyAfter = 2000

/** Why a run is not watched any more, though it goes on. */
class Left extends Error {
  readonly code: number

  constructor(sentence: string, code: number) {
    super(sentence)
    this.code = code
  }
}

/**
 * Follows a run to its end: its log where text is wanted, else the run itself at its end. @returns the run's own exit code;
 * 7 or 8 where the time is over before it is, 130 where it was left alone by Ctrl-C
 */
export async function watchRun(session: Session, runId: string, choice: WatchChoice): Promise<number> {
  const { client, out } = session
  const stop = new AbortController()
  const over = new AbortController()
  const stopWatching = leaveOnInterrupt(session, runId, stop)
  const timer = stopAfter(client, runId, stop, choice.timeout)
  const waiting = sayWhyItWaits(session, runId, AbortSignal.any([stop.signal, over.signal]))
  try {
    if (out.format === 'text') await showLog(session, runId, { ...wholeLog, raw: choice.raw ?? false }, stop.signal)
    // Also where nobody reads the log any more: the answer is the run's.
    const run = await client.runs.wait(runId, { signal: stop.signal, giveUpAfter: patience })
    if (out.format === 'text') out.say(summaryOf(run))
    else await out.one(run, runColumns)
    return codeOfRun(run)
  } catch (error) {
    const { reason }: { reason: unknown } = stop.signal
    if (!(reason instanceof Left)) {
      if (codeOfError(error) === exitCodes.unreachable) out.say(`The run goes on. ${comeBack(runId)}`)
      throw error
    }
    out.say(reason.message)
    return reason.code
  } finally {
    over.abort()
    clearTimeout(timer)
    stopWatching()
    await waiting
  }
}

/** `success after 1.2s`, `failed after 3s: exit code 2 not in [0]`. */
function summaryOf(run: RunWithAttempts): string {
  const { _id, job_name, status, duration, completion_reason, attempt } = run
  const took = duration === null ? '' : ` after ${span(duration)}`
  const tries = attempt > 1 ? ` in ${attempt} attempts` : ''
  // The status and the time before it say the same.
  const isSaid = status === 'success' || (status === 'timed_out' && completion_reason?.startsWith('timed out after'))
  const why = isSaid || completion_reason === null ? '' : `: ${completion_reason}`
  return printable(`${job_name}: ${status}${took}${tries}${why} (run ${_id})`)
}

function stopAfter(
  client: HydraClient,
  runId: string,
  stop: AbortController,
  seconds: number | undefined,
): NodeJS.Timeout | undefined {
  if (seconds === undefined) return undefined
  const tell = async (): Promise<void> => {
    const lacksWorker = await client.runs.explain(runId).then(
      ({ no_worker, summary }) => (no_worker ? summary : null),
      () => null,
    )
    const code = lacksWorker === null ? exitCodes.timeout : exitCodes.noWorker
    const why = lacksWorker === null ? '' : ` ${lacksWorker}`
    stop.abort(new Left(`It is not over after ${span(seconds)}, and goes on.${why} ${comeBack(runId)}`, code))
  }
  // A timer above 24.8 days would fire at once.
  return setTimeout(tell, Math.min(seconds * 1000, 2 ** 31 - 1))
}

/** @param what a run, or a job whose newest run it is */
export const comeBack = (what: string): string => `Come back: ${self()} logs ${what} -f`

function leaveOnInterrupt({ client, out }: Session, runId: string, stop: AbortController): () => void {
  const leave = (): void =>
    stop.abort(
      new Left(
        `Detached; the run goes on. ${comeBack(runId)}  Cancel it: ${self()} cancel ${runId}`,
        exitCodes.interrupted,
      ),
    )
  return watchInterrupts({
    first: () => out.say('\nDetaching; Ctrl-C again cancels the run.'),
    detach: leave,
    second: () => {
      out.say('Cancelling…')
      client.runs.cancel(runId).catch((error: unknown) => {
        // Over meanwhile: the log shows it.
        if (!(error instanceof ApiError && error.status === 409)) out.say(`It cannot be cancelled: ${error}`)
      })
    },
    third: leave,
  })
}

/** Says why a run has not started yet, and again where the reason changes. */
async function sayWhyItWaits({ client, out }: Session, runId: string, signal: AbortSignal): Promise<void> {
  let said = ''
  try {
    for (let wait = askWhyAfter; ; wait = Math.min(wait * 2, 30_000)) {
      await sleep(wait, signal)
      const { since, summary } = await client.runs.explain(runId)
      if (since === null) {
        if (isFinal(await client.runs.get(runId, { tail: 0 }))) return
      } else if (summary !== said) {
        said = summary
        out.say(`Waiting: ${summary}`)
      }
    }
  } catch {
    // Over, or the server is away, which who shows the log says.
  }
}
