import { runColumns } from '../columns.ts'
import { exitCodes } from '../exit-codes.ts'
import { seconds } from '../options.ts'
import { findJob } from '../resolve.ts'
import { self } from '../self.ts'
import { type Asking, asking, type Define, examples, openSession } from '../session.ts'
import { printable } from '../text.ts'
import { watchRun } from '../watch-run.ts'

interface RunChoice extends Asking {
  readonly wait?: boolean
  readonly detach?: boolean
  readonly timeout?: number
  readonly raw?: boolean
  readonly dryRun?: boolean
}

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra run nightly', 'on a terminal: and follow it'],
    ['hydra run nightly --wait', 'everywhere: and answer as it does'],
    ['hydra run nightly --wait --timeout 10m', ''],
    ['id=$(hydra run nightly --detach)', 'print the id of the run'],
  )
    .argument('<job>', "the job's key, name, id or the beginning of its id")
    .option('-w, --wait', 'show its log, wait for its end, and answer with its exit code')
    .option('-d, --detach', 'do not wait, on a terminal neither')
    .option('--timeout <span>', 'wait no longer: 30s, 10m; the run goes on', seconds)
    .option('--raw', 'let the output steer this terminal')
    .option('--dry-run', 'say what would be started')
  asking(command).action(async (wanted: string, choice: RunChoice) => answer(await run(wanted, choice)))
}

async function run(wanted: string, choice: RunChoice): Promise<number> {
  const session = openSession(choice)
  const { client, out } = session
  const job = await findJob(client, wanted)
  if (choice.dryRun) {
    const would = { dry_run: true, job_id: job._id, name: job.name }
    await out.outcome(would, `A run of ${printable(job.name)} (${job._id}) would be started.`)
    return exitCodes.ok
  }
  const { run_id } = await client.jobs.run(job._id)
  const waits = choice.wait ?? choice.timeout !== undefined
  if (!choice.detach && (waits || out.isTerminal)) {
    out.say(`Run ${run_id} of ${printable(job.name)}`)
    return watchRun(session, run_id, choice)
  }
  if (out.format !== 'text') await out.one(await client.runs.get(run_id), runColumns)
  else await out.write(`${run_id}\n`)
  if (out.isTerminal) out.say(`Follow it: ${self()} logs ${run_id} -f`)
  return exitCodes.ok
}
