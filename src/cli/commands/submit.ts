import type { JobDocument, VerdictDocument } from '../../client/index.ts'
import { jobColumns } from '../columns.ts'
import { codeOfError, exitCodes } from '../exit-codes.ts'
import { seconds } from '../options.ts'
import { readDefinition } from '../read-definition.ts'
import { Refusal } from '../refusal.ts'
import { self } from '../self.ts'
import { type Asking, asking, type Define, examples, openSession, type Session } from '../session.ts'
import { printable } from '../text.ts'
import { comeBack, watchRun } from '../watch-run.ts'

interface SubmitChoice extends Asking {
  readonly once?: boolean
  readonly wait?: boolean
  readonly timeout?: number
  readonly raw?: boolean
  readonly dryRun?: boolean
}

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra submit nightly.yaml', 'store a job; an immediate one runs'],
    ['hydra submit build.json --wait', 'show its log, answer as it does'],
    ['hydra submit nightly.yaml --once --wait', 'now, whatever its schedule says'],
    ["echo '{name: hi, executor: {type: shell, script: date}}' | hydra submit - -w", ''],
    ['hydra submit nightly.yaml --dry-run', 'check it alone'],
  )
    .argument('<file>', 'JSON or YAML; - reads standard input')
    .option('--once', 'run it once, now; its schedule and key are left out')
    .option('-w, --wait', 'show its log, wait for its end, and answer with its exit code')
    .option('--timeout <span>', 'wait no longer: 30s, 10m; the run goes on', seconds)
    .option('--raw', 'let the output steer this terminal')
    .option('--dry-run', 'check it, and store nothing')
  asking(command).action(async (file: string, choice: SubmitChoice) => answer(await submit(file, choice)))
}

async function submit(file: string, choice: SubmitChoice): Promise<number> {
  const read = await readDefinition(file)
  // What runs once leaves its key to the job that is stored under it: the same file can be run as often as one likes.
  const definition = choice.once ? { ...read, key: null } : read
  const session = openSession(choice)
  const { client, out } = session
  const verdict = await validated(session, definition)
  const waits = choice.wait ?? choice.timeout !== undefined
  if (waits && !choice.once && !runsAtOnce(definition))
    throw new Refusal(
      'This job does not run when it is stored, so there is no run to wait for: add --once, or submit it and `run` it.',
      exitCodes.usage,
    )
  if (choice.dryRun) {
    await out.outcome({ dry_run: true, ...verdict }, 'The definition is valid; nothing was stored.')
    return exitCodes.ok
  }
  const job = await client.jobs.createFrom(definition, { adhoc: choice.once === true })
  if (waits) {
    out.say(`Submitted ${printable(job.name)} (${job._id})`)
    return watchRun(session, await runOf(session, job), choice)
  }
  await out.one(job, jobColumns)
  if (out.isTerminal) out.say(hint(job, choice.once === true))
  return exitCodes.ok
}

/** What the server finds wrong is said all at once. @throws Refusal */
async function validated({ client, out }: Session, definition: unknown): Promise<VerdictDocument> {
  const verdict = await client.jobs.validate(definition)
  const { valid, errors, warnings } = verdict
  for (const warning of warnings) out.say(`Warning: ${printable(warning)}`)
  if (valid) return verdict
  const listed = errors.map((error) => `  ${printable(error)}`).join('\n')
  throw new Refusal(`The definition is not valid:\n${listed}`, exitCodes.usage)
}

/** An immediate schedule that is not paused, as the server reads it. */
function runsAtOnce({ schedule }: Readonly<Record<string, unknown>>): boolean {
  if (typeof schedule !== 'object' || schedule === null) return true
  const mode = 'mode' in schedule ? schedule.mode : null
  const enabled = 'enabled' in schedule ? schedule.enabled : null
  return (mode === null || mode === '' || mode === 'immediate') && enabled !== false && enabled !== 'false'
}

/** The run that was made together with its job. */
async function runOf({ client, out }: Session, { _id }: JobDocument): Promise<string> {
  const { items } = await client.jobs.runsPage(_id, { limit: 1, tail: 0 }).catch((error: unknown) => {
    if (codeOfError(error) === exitCodes.unreachable) out.say(`It is stored, and runs. ${comeBack(_id)}`)
    throw error
  })
  const [run] = items
  if (run) return run._id
  throw new Refusal(`The job ${_id} was stored, but has no run.`, exitCodes.failed)
}

function hint({ key, name, _id, schedule }: JobDocument, once: boolean): string {
  const named = printable(key ?? name)
  const called = /^[\w.-]+$/.test(named) ? named : _id
  const runs = once || schedule.mode === 'immediate'
  return runs ? `See what it says: ${self()} logs ${called} -f` : `Run it now: ${self()} run ${called}`
}
