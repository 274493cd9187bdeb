import { type ChangesChoice, changing, readChanges } from '../changes.ts'
import { findJob } from '../resolve.ts'
import { type Asking, asking, type Define, examples, openSession } from '../session.ts'
import { type StartChoice, sayWouldStart, showStarted, starting } from '../start-run.ts'

type RunChoice = Asking & StartChoice & Omit<ChangesChoice, 'changes'> & { readonly changes?: string }

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra run nightly', 'on a terminal: and follow it'],
    ['hydra run nightly --wait --timeout 10m', 'and answer as it does'],
    ['id=$(hydra run nightly --detach)', 'print the id of the run'],
    ['hydra run nightly --env REGION=eu --arg=-v', 'this run'],
  ).argument('<job>', "the job's key, name, id or the beginning of its id")
  asking(changing(starting(command))).action(async (wanted: string, choice: RunChoice) =>
    answer(await run(wanted, choice)),
  )
}

async function run(wanted: string, choice: RunChoice): Promise<number> {
  const session = openSession(choice)
  const job = await findJob(session.client, wanted)
  const changes = await readChanges(choice, job)
  if (choice.dryRun) return sayWouldStart(session, job, changes)
  const started = await session.client.jobs.run(job._id, changes === undefined ? {} : { changes })
  return showStarted(session, started, job.name, choice)
}
