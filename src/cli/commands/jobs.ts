import { jobSorts } from '../../model/job-order.ts'
import { jobColumns } from '../columns.ts'
import { type LimitChoice, limited, pageLength, printLimited } from '../limited.ts'
import { oneOf } from '../options.ts'
import { type Asking, asking, type Define, examples, openSession } from '../session.ts'

const modes = ['immediate', 'interval', 'cron'] as const
const sorts = jobSorts.flatMap((by) => [by, `-${by}`] as const)

interface JobsChoice extends Asking, LimitChoice {
  readonly search?: string
  readonly mode?: (typeof modes)[number]
  readonly enabled?: boolean
  readonly paused?: boolean
  readonly queue?: string
  readonly sort?: (typeof sorts)[number]
}

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra jobs', 'the newest'],
    ['hydra jobs --search backup', ''],
    ['hydra jobs --mode cron --sort next_run_at', 'what runs next'],
    ['hydra jobs --all --jsonl', 'every one, for a program'],
  )
    .option('-s, --search <text>', 'part of the name or of the key')
    .option('--mode <mode>', modes.join(', '), oneOf(modes))
    .option('--enabled', 'not those that are paused')
    .option('--paused', 'those alone')
    .option('--queue <name>', 'of this queue')
    .option('--sort <by>', `${jobSorts.join(', ')}; downwards with a minus before it`, oneOf(sorts))
  asking(limited(command, 50)).action(async (choice: JobsChoice) => answer(await jobs(choice)))
}

async function jobs(choice: JobsChoice): Promise<number> {
  const { client, out } = openSession(choice)
  const { search, mode, queue, sort, enabled, paused } = choice
  const list = client.jobs.list({
    limit: pageLength(choice),
    ...(search !== undefined && { q: search }),
    ...(mode && { mode }),
    ...(queue !== undefined && { queue }),
    ...(sort && { sort }),
    ...(enabled && { enabled }),
    ...(paused && { enabled: false }),
  })
  await printLimited(out, list, jobColumns, choice, 'No job is like that. `hydra submit FILE` makes one.')
  return 0
}
