import type {
  ExplanationDocument,
  HydraClient,
  JobDocument,
  RunDocument,
  RunStatus,
  TickDocument,
} from '../../client/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { findEither } from '../resolve.ts'
import { type Asking, asking, type Define, examples, openSession, type Session } from '../session.ts'
import type { Column } from '../table.ts'
import { printable, relative } from '../text.ts'

export const define: Define = (command, answer) => {
  examples(
    command,
    ['hydra why 0199f3c2-71', 'what a run waits for, worker by worker'],
    ['hydra why nightly', 'when it runs next, and what came of the last'],
  )
    .argument('<run|job>', 'a run by its id; a job by its key, name or id')
    .addHelpText('after', '\nAnswers with 8 where a run waits and no worker that takes new work fits it.')
  asking(command).action(async (wanted: string, choice: Asking) => answer(await why(wanted, choice)))
}

async function why(wanted: string, choice: Asking): Promise<number> {
  const session = openSession(choice)
  const found = await findEither(session.client, wanted)
  return 'run' in found ? whyRun(session, found.run) : whyJob(session, found.job)
}

type Keeps = ExplanationDocument['workers'][number]

const keepsColumns: readonly Column<Keeps>[] = [
  { title: 'WORKER', cell: ({ worker_id }) => worker_id, least: 12 },
  { title: 'WHAT KEEPS IT', cell: ({ excluded_by }) => excluded_by ?? 'nothing: it could start now', least: 20 },
]

const codeOf = ({ no_worker }: ExplanationDocument): number => (no_worker ? exitCodes.noWorker : exitCodes.ok)

async function whyRun({ client, out }: Session, run: RunDocument): Promise<number> {
  const explanation = await client.runs.explain(run._id)
  if (out.format !== 'text') {
    await out.one({ run_id: run._id, job_id: run.job_id, status: run.status, ...explanation }, [])
    return codeOf(explanation)
  }
  await out.write(`${waits(explanation, out.isTerminal)}\n`)
  if (explanation.workers.length > 0) await out.list(explanation.workers, keepsColumns)
  return codeOf(explanation)
}

function waits({ summary, since }: ExplanationDocument, isTerminal: boolean): string {
  if (since === null) return printable(summary)
  const when = isTerminal ? relative(Date.parse(since), Date.now()) : since
  return printable(`${summary} It has waited since ${when}.`)
}

/** Ticks of the ledger that are looked at. */
const looked = 20

/** The newest ticks that did not run on time, each series in one row; a look at a schedule begins with these. */
async function oddTicks(client: HydraClient, job: JobDocument): Promise<readonly TickDocument[]> {
  if (job.schedule.mode === 'immediate') return []
  const odd: TickDocument[] = []
  let seen = 0
  for await (const tick of client.jobs.ticks(job._id, { limit: looked })) {
    if (tick.outcome !== 'run') odd.push(tick)
    seen += 1
    if (seen === looked || odd.length === 5) break
  }
  return odd
}

const tickColumns: readonly Column<TickDocument>[] = [
  { title: 'TICK', cell: ({ to }) => ({ moment: to }) },
  { title: 'CAME TO', cell: ({ outcome, count }) => (count === 1 ? outcome : `${outcome} (${count})`) },
  { title: 'BECAUSE', cell: ({ reason }) => reason, least: 20 },
  { title: 'RUN', cell: ({ run_id, of }) => run_id ?? of, least: 18, isId: true },
]

/** What is looked at to say how a job stands. */
interface JobFacts {
  /** Whether a run began with its storing; `never`: it has no run at all. */
  readonly began: 'stored' | 'told' | 'never'
  readonly waiting: RunDocument | null
  readonly explanation: ExplanationDocument | null
  readonly running: RunDocument | null
  readonly last: RunDocument | null
  readonly ticks: readonly TickDocument[]
}

const waitingStatuses: readonly RunStatus[] = ['pending', 'retrying', 'dispatched']

async function lookAt({ client, out }: Session, job: JobDocument): Promise<JobFacts> {
  // Sentences show no output; whoever wants objects gets it as the API gives it.
  const { items } = await client.jobs.runsPage(job._id, { limit: 50, ...(out.format === 'text' && { tail: 0 }) })
  const waiting = items.findLast(({ status }) => waitingStatuses.includes(status)) ?? null
  return {
    began: beganOf(items),
    waiting,
    explanation: waiting && (await client.runs.explain(waiting._id)),
    running: items.find(({ status }) => status === 'running') ?? null,
    last: items.find(({ end_ts }) => end_ts !== null) ?? null,
    ticks: await oddTicks(client, job),
  }
}

/** What makes a job's run in the moment in which it is stored. */
const withStoring: readonly string[] = ['immediate_submit', 'adhoc_run']

function beganOf(runs: readonly RunDocument[]): JobFacts['began'] {
  if (runs.length === 0) return 'never'
  return runs.some(({ trigger }) => withStoring.includes(trigger)) ? 'stored' : 'told'
}

async function whyJob(session: Session, job: JobDocument): Promise<number> {
  const { out } = session
  const facts = await lookAt(session, job)
  const { began, ...shown } = facts
  const { explanation, ticks } = facts
  const code = explanation === null ? exitCodes.ok : codeOf(explanation)
  if (out.format !== 'text') {
    const { next_run_at, mode, enabled } = job.schedule
    await out.one({ job_id: job._id, name: job.name, schedule: { mode, enabled, next_run_at }, ...shown }, [])
    return code
  }
  for (const line of sentences(job, facts, out.isTerminal)) await out.write(`${printable(line)}\n`)
  if (explanation && explanation.workers.length > 0) await out.list(explanation.workers, keepsColumns)
  if (ticks.length > 0) await out.list(ticks, tickColumns)
  return code
}

function sentences(job: JobDocument, facts: JobFacts, isTerminal: boolean): readonly string[] {
  const { began, waiting, explanation, running, last } = facts
  const moment = (at: string): string => (isTerminal ? relative(Date.parse(at), Date.now()) : at)
  const all: string[] = []
  if (waiting && explanation) all.push(`Its run ${waiting._id} is ${waiting.status}. ${waits(explanation, isTerminal)}`)
  if (running) {
    const since = moment(running.start_ts ?? running.created_at)
    all.push(`Its run ${running._id} runs on ${running.worker_id} since ${since}.`)
  }
  const none = began === 'never' ? 'There is no run of it.' : 'No run of it is over yet.'
  return [...all, planSentence(job.schedule, began, moment), last ? lastSentence(last, moment) : none]
}

/** When a job runs next. Pure. */
export function planSentence(
  { mode, enabled, next_run_at, end_at }: Pick<JobDocument['schedule'], 'mode' | 'enabled' | 'next_run_at' | 'end_at'>,
  began: JobFacts['began'],
  moment: (at: string) => string,
): string {
  if (mode === 'immediate') {
    if (began === 'stored') return 'It has no schedule: it was run when it was stored, and runs when it is told to.'
    if (began === 'never' && !enabled)
      return 'It was stored and not run: it has no schedule, and runs only when it is told to.'
    return 'It has no schedule: it runs only when it is told to.'
  }
  if (next_run_at !== null) return `It is planned to run next ${moment(next_run_at)}.`
  if (!enabled && end_at === null) return 'Its schedule is paused: it runs only when it is told to.'
  return end_at === null ? 'No tick of its schedule is left.' : `Its schedule ended ${moment(end_at)}.`
}

function lastSentence(run: RunDocument, moment: (at: string) => string): string {
  const why = run.completion_reason === null ? '' : ` (${run.completion_reason})`
  return `Its last run ${run._id} ended ${moment(run.end_ts ?? run.created_at)}: ${run.status}${why}.`
}
