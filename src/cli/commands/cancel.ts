import { isFinal, type RunDocument } from '../../client/index.ts'
import { runColumns } from '../columns.ts'
import { confirm } from '../confirm.ts'
import { eachDone } from '../each.ts'
import { exitCodes } from '../exit-codes.ts'
import { quoted } from '../quoted.ts'
import { Refusal } from '../refusal.ts'
import { findJob, findRun } from '../resolve.ts'
import { type Asking, asking, type Define, examples, openSession, type Session } from '../session.ts'
import { printable } from '../text.ts'

interface CancelChoice extends Asking {
  readonly job?: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra cancel 0199f3c2-71', 'one run: nothing is asked'],
    ['hydra cancel --job nightly', 'all that are not over: asks first'],
    ['hydra cancel --job nightly --yes', 'in a script'],
    ['hydra cancel --job nightly --dry-run', 'which they are'],
  )
    .argument('[run...]', 'ids of runs, or the beginnings of them')
    .option('-j, --job <job>', "a job's key, name or id: all its runs that are not over")
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show what would be cancelled')
  asking(command).action(async (wanted: string[], choice: CancelChoice) => answer(await cancel(wanted, choice)))
}

async function cancel(wanted: readonly string[], choice: CancelChoice): Promise<number> {
  if ((wanted.length === 0) === (choice.job === undefined))
    throw new Refusal('Name runs by their ids, or a job with --job.', exitCodes.usage)
  const session = openSession(choice)
  const { client, out } = session
  const runs = await meant(session, wanted, choice.job)
  if (choice.dryRun) {
    await out.list(runs, runColumns)
    out.say(`This would be cancelled: ${named(runs)}.`)
    return exitCodes.ok
  }
  // Who names one run by its id has said what ends; more than that is shown first.
  if (choice.job !== undefined || runs.length > 1)
    await confirm(`Cancel ${named(runs)}`, { ...choice, count: runs.length })
  const { done, code } = await eachDone(
    out,
    runs,
    ({ _id }) => _id,
    ({ _id }) => client.runs.cancel(_id),
    // It is over, or was before it could be told.
    ({ _id }, { code }) => (code === 'CONFLICT' ? `\`hydra retry ${_id}\` runs it again.` : ''),
  )
  // What one named is one thing.
  if (choice.job === undefined && wanted.length === 1) for (const run of done) await out.one(run, runColumns)
  else await out.list(done, runColumns)
  return code
}

async function meant(
  { client }: Session,
  wanted: readonly string[],
  job: string | undefined,
): Promise<readonly RunDocument[]> {
  const runs: RunDocument[] = []
  for (const id of wanted) runs.push(await findRun(client, id))
  if (job === undefined) return runs
  const { _id } = await findJob(client, job)
  const live = ['pending', 'dispatched', 'running', 'retrying'] as const
  for await (const run of client.jobs.runs(_id, { status: live, tail: 0, limit: 1000 })) runs.push(run)
  if (runs.length === 0)
    throw new Refusal(
      `No run of ${JSON.stringify(job)} is under way. \`hydra runs --job ${quoted(job)}\` lists those that are over.`,
      exitCodes.notFound,
    )
  return runs.filter((run) => !isFinal(run))
}

function named(runs: readonly RunDocument[]): string {
  const names = [...new Set(runs.map(({ job_name }) => printable(job_name)))]
  const some = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '')
  const [only] = runs
  return runs.length === 1 && only ? `the run ${only._id} of ${some}` : `${runs.length} runs of ${some}`
}
