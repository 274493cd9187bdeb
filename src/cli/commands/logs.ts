import type { HydraClient, RunWithAttempts, StreamName } from '../../client/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { expression, moment, oneOf, wholeFrom } from '../options.ts'
import { Refusal } from '../refusal.ts'
import { findEither } from '../resolve.ts'
import { type Asking, asking, type Define, examples, openSession } from '../session.ts'
import { copyLog, failedAttempts, type LogChoice, showLog } from '../show-log.ts'
import { printable } from '../text.ts'

const streams = ['stdout', 'stderr'] as const satisfies readonly StreamName[]

interface LogsChoice extends Asking {
  readonly follow?: boolean
  readonly since?: number
  readonly tail?: number
  readonly grep?: RegExp
  readonly stream?: StreamName
  readonly attempt?: number
  readonly failed?: boolean
  readonly raw?: boolean
}

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra logs nightly', "the job's newest run"],
    ['hydra logs 0199f3c2-71', 'a run, by the beginning of its id'],
    ['hydra logs nightly -f --tail 20', 'the last lines, then what comes'],
    ['hydra logs nightly --failed', 'its newest run that failed'],
    ["hydra logs nightly --grep 'ERR|WARN'", ''],
  )
    .argument('<run|job|url>', "a run; a job: its newest run; or the page's address of one")
    .option('-f, --follow', 'until the run is over, whatever happens to the connection')
    .option('--tail <count>', 'the last lines alone', wholeFrom(0))
    .option('--since <when>', 'lines since then: 10m, 2h, or a time', moment)
    .option('--grep <pattern>', 'lines in which this regular expression is found', expression)
    .option('--stream <name>', streams.join(' or '), oneOf(streams))
    .option('--attempt <n>', 'of one attempt', wholeFrom(1))
    .option('--failed', 'of a job, its newest run that failed; of a run, the attempts that did')
    .option('--raw', 'let the output steer this terminal')
  asking(command).action(async (wanted: string, choice: LogsChoice) => answer(await logs(wanted, choice)))
}

async function logs(wanted: string, choice: LogsChoice): Promise<number> {
  const session = openSession(choice)
  const { client, out } = session
  const { run, isJob } = await meant(client, wanted, choice.failed === true)
  assertAttempt(run, choice)
  if (isJob && out.isTerminal) out.say(`The run ${run._id} of ${run.job_name}: ${run.status}`)
  const shown = logChoice(choice, isJob ? null : run)
  const none = neverStarted(run)
  if (none !== null) out.say(none)
  else if (shown.attempts?.size === 0) out.say('No attempt of it failed.')
  const stop = new AbortController()
  out.onClosed(() => stop.abort())
  const onInterrupt = (): void => stop.abort()
  process.once('SIGINT', onInterrupt)
  try {
    const isPlain = shown.tail === null && shown.since === null && shown.grep === null && out.format === 'text'
    if (isPlain && !shown.follow && !out.isTerminal) await copyLog(session, run._id, shown)
    else await showLog(session, run._id, shown, stop.signal)
    return exitCodes.ok
  } catch (error) {
    if (!stop.signal.aborted) throw error
    return out.isClosed ? exitCodes.ok : exitCodes.interrupted
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}

function logChoice(choice: LogsChoice, run: RunWithAttempts | null): LogChoice {
  const { attempt, failed, stream = null, since = null, tail = null, grep = null, follow = false, raw = false } = choice
  const ofFailed = failed && run ? failedAttempts(run) : null
  const attempts = attempt === undefined ? ofFailed : new Set([attempt])
  return { stream, attempts, since, tail, grep, follow, raw }
}

/** What is said in place of the log of a run that ended before it started; null: it may have one. Pure. */
export function neverStarted({
  status,
  start_ts,
  end_ts,
  attempts,
  completion_reason,
}: Pick<RunWithAttempts, 'status' | 'start_ts' | 'end_ts' | 'completion_reason'> & Pick<Attempts, 'attempts'>):
  | string
  | null {
  if (end_ts === null || start_ts !== null || attempts.length > 0) return null
  return `It never started: ${printable(completion_reason ?? status)}.`
}

/** What of a run says which attempts it has. */
type Attempts = Pick<RunWithAttempts, '_id' | 'end_ts'> & { readonly attempts: readonly { readonly attempt: number }[] }

/** An attempt that is still to come can be followed. @throws Refusal for one that is not there */
export function assertAttempt(
  run: Attempts,
  { attempt, follow = false }: Pick<LogsChoice, 'attempt' | 'follow'>,
): void {
  if (attempt === undefined || run.attempts.some((one) => one.attempt === attempt)) return
  if (follow && run.end_ts === null) return
  throw new Refusal(attemptsSentence(run), exitCodes.notFound)
}

/** How many attempts a run has, and what to do about one that is not among them. */
function attemptsSentence({ _id, attempts, end_ts }: Attempts): string {
  const count = attempts.length
  if (count > 1) return `The run has ${count} attempts: --attempt takes 1 to ${count}.`
  if (count === 1) return 'The run has one attempt: leave out --attempt.'
  return end_ts === null
    ? `The run has no attempt yet: \`hydra why ${_id}\` says what it waits for.`
    : `The run has no attempt, as it ended before it started: \`hydra retry ${_id}\` runs it again.`
}

/** The run that is meant. @throws Refusal where there is none */
async function meant(
  client: HydraClient,
  wanted: string,
  failed: boolean,
): Promise<{ readonly run: RunWithAttempts; readonly isJob: boolean }> {
  const found = await findEither(client, idIn(client, wanted))
  if ('run' in found) return { run: await client.runs.get(found.run._id, { tail: 0 }), isJob: false }
  const { job } = found
  const status = failed ? { status: ['failed', 'timed_out'] as const } : {}
  const [newest] = (await client.jobs.runsPage(job._id, { limit: 1, tail: 0, ...status })).items
  if (newest) return { run: await client.runs.get(newest._id, { tail: 0 }), isJob: true }
  const what = failed ? 'has no run that failed: leave out --failed.' : 'has not run yet: `hydra run` starts it.'
  throw new Refusal(`The job ${JSON.stringify(job.name)} ${what}`, exitCodes.notFound)
}

/** The id in an address of the page or of the API; what is no address is a name or an id itself. */
function idIn(client: HydraClient, text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return text
  const { host, pathname, hash } = new URL(text)
  const id = /\/(?:runs|jobs)\/([^/?#]+)/.exec(pathname + hash)?.[1]
  if (id === undefined) throw new Refusal(`The address ${text} names neither a run nor a job.`, exitCodes.usage)
  if (host !== new URL(client.server).host)
    throw new Refusal(
      `That address is of another server than ${client.server}: name its server with --server.`,
      exitCodes.usage,
    )
  return decodeURIComponent(id)
}
