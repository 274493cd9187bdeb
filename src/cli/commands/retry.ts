import { ApiError, type HydraClient, isFinal, type JobDocument, type RunDocument } from '../../client/index.ts'
import { type ChangesChoice, changing, readChanges } from '../changes.ts'
import { exitCodes } from '../exit-codes.ts'
import { Refusal } from '../refusal.ts'
import { findRun } from '../resolve.ts'
import { self } from '../self.ts'
import { type Asking, asking, type Define, examples, openSession } from '../session.ts'
import { type StartChoice, sayWouldStart, showStarted, starting } from '../start-run.ts'
import { printable } from '../text.ts'

type RetryChoice = Asking & StartChoice & ChangesChoice

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra retry 0199f3c2-71', 'of its job, as that is now'],
    ['hydra retry 0199f3c2-71 --wait', 'answer as it does'],
    ['hydra retry 0199f3c2-71 --set timeout=3600', 'with more time'],
    ['hydra retry 0199f3c2-71 --no-changes', 'as its job is, whatever it had'],
  ).argument('<run>', 'a run that is over: its id, or the beginning of it')
  changing(starting(command)).option('--no-changes', 'drop what the earlier run had otherwise')
  asking(command).action(async (wanted: string, choice: RetryChoice) => answer(await retry(wanted, choice)))
}

async function retry(wanted: string, choice: RetryChoice): Promise<number> {
  const session = openSession(choice)
  const { client } = session
  const { _id } = await findRun(client, wanted)
  const run = await client.runs.get(_id, { tail: 0 })
  if (!isFinal(run))
    throw new Refusal(
      `That run is ${run.status}: it can be retried when it is over. Cancel it: ${self()} cancel ${_id}`,
      exitCodes.conflict,
    )
  const job = await jobOf(client, run)
  const changes = await readChanges(choice, job, run.changes)
  if (choice.dryRun)
    return sayWouldStart(session, job, changes === undefined ? run.changes : changes, { retry_of: _id })
  const started = await client.runs.retry(_id, changes === undefined ? {} : { changes })
  return showStarted(session, started, job.name, choice)
}

/** @throws Refusal where it is gone */
async function jobOf(client: HydraClient, { job_id, job_name }: RunDocument): Promise<JobDocument> {
  try {
    return await client.jobs.get(job_id)
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
    throw new Refusal(`The job ${printable(job_name)} of that run is gone: it cannot be retried.`, exitCodes.notFound)
  }
}
