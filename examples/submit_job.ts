// Submits one job through the typed client, shows its output as it comes, and what came of it.
//
//     API_BASE=http://localhost:8000 API_TOKEN=... node_modules/.bin/node examples/submit_job.ts [DEFINITION.json]
//
// Ends with 0 when the run succeeded, 1 when it did not, 2 when there was none. Node 22.19 or later: `npm ci` brings one.
// Outside of this repository the import is `from 'hydra-jobs/client'`.

import { readFileSync } from 'node:fs'
import { ApiError, HydraClient, type JobDocument, type JobInput, UnreachableError } from '../src/client/index.ts'

const server = process.env.API_BASE || 'http://localhost:8000'

const hello: JobInput = {
  name: 'test-echo',
  user: 'rich',
  executor: { type: 'shell', script: "echo 'hello world'", shell: 'bash' },
  completion: { stdout_contains: ['hello'] },
  timeout: 10,
}

/** What cannot go on, as a sentence for the one who started the script. */
class Refusal extends Error {}

async function main([file]: readonly string[]): Promise<number> {
  const client = new HydraClient({ server, token: token() })
  const job = await client.jobs.create(file === undefined ? hello : definitionIn(file))
  console.log(`submitted ${job.name} as ${job._id}`)
  if (!runsAtOnce(job)) {
    const { next_run_at } = job.schedule
    console.log(`its next run is ${next_run_at === null ? 'not planned' : `planned for ${next_run_at}`}`)
    return 0
  }
  const run = await firstRun(client, job)
  for await (const { event, data } of client.runs.follow(run))
    if (event === 'log_chunk') process.stdout.write(data.text.replace(/^(?=.)/gm, '    | '))
  const { status, completion_reason } = await client.runs.wait(run)
  console.log(`${job.name}: ${status} (${completion_reason})`)
  return status === 'success' ? 0 : 1
}

function token(): string {
  const given = process.env.API_TOKEN?.trim()
  if (given) return given
  throw new Refusal(
    'API_TOKEN is not set. `hydra up` keeps its admin token in a file and prints where: ' +
      'export API_TOKEN=$(cat ~/.local/share/hydra-jobs/admin_token)',
  )
}

function definitionIn(file: string): JobInput {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Refusal(`${file} is no definition: ${error instanceof Error ? error.message : error}.`)
  }
}

/** A cron job, one that begins later and one that is paused have no run now. */
const runsAtOnce = ({ schedule }: JobDocument): boolean =>
  schedule.enabled && schedule.mode !== 'cron' && schedule.start_at === null

/** The id of its first run: an immediate job has it at once, an interval's first tick is a moment away. */
async function firstRun(client: HydraClient, { _id, name }: JobDocument): Promise<string> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { items } = await client.jobs.runsPage(_id, { order: 'asc', limit: 1 })
    if (items[0]) return items[0]._id
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Refusal(`${name} has no run after 20 s; GET /jobs/${_id} tells what it waits for.`)
}

/** What went wrong, in sentences. */
function told(error: unknown): string {
  if (error instanceof UnreachableError)
    return `No hydra-jobs server answers at ${server}. Start one with \`npm start\`, or set API_BASE.`
  if (!(error instanceof ApiError)) return error instanceof Refusal ? error.message : String(error)
  if (error.status === 401) return `The server at ${server} does not know this API_TOKEN.`
  const faults = error.faults.map(({ path, message }) => `\n  ${path}: ${message}`)
  return `Refused with ${error.status}: ${error.detail}${faults.join('')}`
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(told(error))
  process.exitCode = 2
}
