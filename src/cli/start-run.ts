import type { Command } from 'commander'
import type { JobDocument, QueuedDocument } from '../client/index.ts'
import type { Fields } from '../model/document.ts'
import { runColumns } from './columns.ts'
import { exitCodes } from './exit-codes.ts'
import { seconds } from './options.ts'
import { Refusal } from './refusal.ts'
import { self } from './self.ts'
import type { Session } from './session.ts'
import { printable } from './text.ts'
import { watchRun } from './watch-run.ts'

/** What becomes of a run that was started here. */
export interface StartChoice {
  readonly wait?: boolean
  readonly detach?: boolean
  readonly timeout?: number
  readonly raw?: boolean
  readonly dryRun?: boolean
}

/** Gives a command that starts a run the options that say what is done then. */
export const starting = (command: Command): Command =>
  command
    .option('-w, --wait', 'show its log, wait for its end, and answer with its exit code')
    .option('-d, --detach', 'do not wait, on a terminal neither')
    .option('--timeout <span>', 'wait no longer: 30s, 10m; the run goes on', seconds)
    .option('--raw', 'let the output steer this terminal')
    .option('--dry-run', 'say what would be started')

/** Follows a run that was started, or tells its id. @returns the exit code */
export async function showStarted(
  session: Session,
  { run_id }: QueuedDocument,
  name: string,
  choice: StartChoice,
): Promise<number> {
  const { client, out } = session
  const waits = choice.wait ?? choice.timeout !== undefined
  if (!choice.detach && (waits || out.isTerminal)) {
    out.say(`Run ${run_id} of ${printable(name)}`)
    return watchRun(session, run_id, choice)
  }
  if (out.format !== 'text') await out.one(await client.runs.get(run_id), runColumns)
  else await out.write(`${run_id}\n`)
  if (out.isTerminal) out.say(`Follow it: ${self()} logs ${run_id} -f`)
  return exitCodes.ok
}

/** Says which run would be started, after the server has looked at what it would have otherwise. @throws Refusal */
export async function sayWouldStart(
  { client, out }: Session,
  job: JobDocument,
  changes: Fields | null | undefined,
  more: Fields = {},
): Promise<number> {
  const verdict = changes ? await client.jobs.validateStored(job._id, changes) : null
  for (const warning of verdict?.warnings ?? []) out.say(`Warning: ${printable(warning)}`)
  if (verdict?.valid === false) {
    const listed = verdict.errors.map((error) => `  ${printable(error)}`).join('\n')
    throw new Refusal(`With these changes the definition is not valid:\n${listed}`, exitCodes.usage)
  }
  const would = { dry_run: true, job_id: job._id, name: job.name, ...more, ...(changes && { changes }) }
  const otherwise = changes ? `, with ${JSON.stringify(changes)}` : ''
  await out.outcome(would, `A run of ${printable(job.name)} (${job._id}) would be started${printable(otherwise)}.`)
  return exitCodes.ok
}
