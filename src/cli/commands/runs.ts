import { type RunStatus, runStatuses } from '../../client/index.ts'
import { runColumns } from '../columns.ts'
import { type LimitChoice, limited, pageLength, printLimited } from '../limited.ts'
import { moment, someOf } from '../options.ts'
import { findJob } from '../resolve.ts'
import { type Asking, asking, type Define, examples, openSession } from '../session.ts'

interface RunsChoice extends Asking, LimitChoice {
  readonly job?: string
  readonly status?: readonly RunStatus[]
  readonly worker?: string
  readonly user?: string
  readonly since?: number
  readonly until?: number
  readonly search?: string
}

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra runs', 'the newest'],
    ['hydra runs --job nightly --since 7d', ''],
    ['hydra runs --status failed,timed_out', ''],
    ['hydra runs --status running --json', 'for a program'],
  )
    .option('-j, --job <job>', 'of one job: its key, name or id')
    .option('--status <words>', runStatuses.join(', '), someOf(runStatuses))
    .option('--worker <id>', 'on this worker')
    .option('--user <name>', 'for this user')
    .option('--since <when>', 'made since then: 2h, 7d, or a time', moment)
    .option('--until <when>', 'made before then', moment)
    .option('-s, --search <text>', "part of the job's name, or the beginning of the run's id")
  asking(limited(command, 50)).action(async (choice: RunsChoice) => answer(await runs(choice)))
}

async function runs(choice: RunsChoice): Promise<number> {
  const { client, out } = openSession(choice)
  const { job, status, worker, user, since, until, search } = choice
  const list = client.runs.list({
    limit: pageLength(choice),
    // Rows show no output; whoever wants objects gets it as the API gives it.
    ...(out.format === 'text' && { tail: 0 }),
    ...(job !== undefined && { job_id: (await findJob(client, job))._id }),
    ...(status && { status }),
    ...(worker !== undefined && { worker_id: worker }),
    ...(user !== undefined && { user }),
    ...(since !== undefined && { since: new Date(since) }),
    ...(until !== undefined && { until: new Date(until) }),
    ...(search !== undefined && { q: search }),
  })
  await printLimited(out, list, runColumns, choice, 'No run is like that. `hydra run JOB` starts one.')
  return 0
}
