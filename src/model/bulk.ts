import { z } from 'zod'
import type { Fault } from './errors.ts'
import { timeOrNull } from './fields.ts'
import { runStatuses } from './run-status.ts'
import { scheduleModes } from './schedule.ts'

/**
 * Acts upon many things at once. What they are done to is never guessed: a name that is no filter is refused, and so is an
 * empty value and a filter without any; everything is `{"all": true}`. Source: the wire contract, "Jobs".
 */

export const jobActs = ['pause', 'resume', 'run', 'delete'] as const
export type JobAct = (typeof jobActs)[number]
export const runActs = ['cancel', 'retry'] as const
export type RunAct = (typeof runActs)[number]

/** At most this many ids are taken, and at most this many things are acted upon in one go. */
export const mostIds = 10_000
export const mostMatched = 100_000

const text = z.string({ error: 'must be a string' })
const all = z.literal(true, { error: 'must be true, or left out' })

const flag = z.preprocess(
  (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
  z.boolean({ error: 'must be true or false' }),
)

const statuses = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((word) => word.trim()) : value),
  z
    .array(z.enum(runStatuses, { error: `must be one of ${runStatuses.join(', ')}` }), {
      error: `must be a list of ${runStatuses.join(', ')}`,
    })
    .min(1, { error: 'must not be empty: leave it out' }),
)

const time = timeOrNull().refine((value): value is number => value !== null)

/** What jobs are chosen by: as the query of `GET /jobs/`. */
export const JobChoice = z
  .strictObject({
    q: text,
    mode: z.enum(scheduleModes, { error: `must be one of ${scheduleModes.join(', ')}` }),
    enabled: flag,
    queue: text,
    all,
  })
  .partial()
export type JobChoice = z.infer<typeof JobChoice>

/** What runs are chosen by: as the query of `GET /runs/`. */
export const RunChoice = z
  .strictObject({ status: statuses, job_id: text, worker_id: text, user: text, since: time, until: time, q: text, all })
  .partial()
export type RunChoice = z.infer<typeof RunChoice>

/** What an act is done to: these, or what a filter finds. */
export type Chosen<Choice> = { readonly ids: readonly string[] } | { readonly filter: Choice }

/** An act as it is asked for; without `confirm` only a preview of it. */
export interface BulkRequest<Act extends string, Choice> {
  readonly action: Act
  readonly chosen: Chosen<Choice>
  readonly confirm: string | null
}

/** The body of a bulk act, for who describes it. */
export const bulkBody = <const Acts extends readonly [string, ...string[]], Choice extends z.ZodType>(
  acts: Acts,
  choice: Choice,
) =>
  z.object({
    action: z.enum(acts, { error: `must be one of ${acts.join(', ')}` }),
    ids: z
      .array(text, { error: 'must be a list of ids' })
      .min(1, { error: 'must not be empty' })
      .max(mostIds, { error: `must have at most ${mostIds} ids; choose by a filter instead` })
      .optional()
      .describe('These. Give either `ids` or a `filter`.'),
    filter: choice
      .optional()
      .describe('Those that it finds; it must name something, and `{"all": true}` is everything.'),
    confirm: text.optional().describe('What the preview answered. Without it nothing is done.'),
  })
type Body<Act, Choice> = {
  readonly action: Act
  readonly ids?: readonly string[] | undefined
  readonly filter?: Choice | undefined
  readonly confirm?: string | undefined
}

/** Reads what is asked for, with every fault at once. Pure. */
export function parseBulk<Act extends string, Choice extends object>(
  schema: z.ZodType<Body<Act, Choice>>,
  given: unknown,
): { readonly request: BulkRequest<Act, Choice> | null; readonly faults: readonly Fault[] } {
  const empty = emptyIn(given)
  const parsed = schema.safeParse(given)
  const faults = [...empty, ...(parsed.error?.issues ?? []).flatMap(faultsOf)]
  if (!parsed.success || faults.length > 0) return { request: null, faults: withoutDoubles(faults) }
  const { action, ids, filter, confirm = null } = parsed.data
  const chosen = chosenOf(ids, filter)
  if ('message' in chosen) return { request: null, faults: [chosen] }
  return { request: { action, chosen, confirm }, faults: [] }
}

function chosenOf<Choice extends object>(
  ids: readonly string[] | undefined,
  filter: Choice | undefined,
): Chosen<Choice> | Fault {
  if ((ids === undefined) === (filter === undefined))
    return { path: 'filter', message: 'give either ids or a filter, and not both' }
  if (filter === undefined) return { ids: [...new Set(ids)].toSorted() }
  const named = Object.keys(filter)
  if (named.length === 0) return { path: 'filter', message: 'must name something; for everything say {"all": true}' }
  if (named.includes('all') && named.length > 1)
    return { path: 'filter.all', message: 'is everything: give it alone, or leave it out' }
  return { filter }
}

/** A value that got lost on its way must not widen what is acted upon. */
function emptyIn(given: unknown): readonly Fault[] {
  const filter = fieldOf(given, 'filter')
  if (typeof filter !== 'object' || filter === null) return []
  return Object.entries(filter)
    .filter(([, value]) => value === null || value === undefined || (typeof value === 'string' && value.trim() === ''))
    .map(([name]) => ({ path: `filter.${name}`, message: 'must not be empty: leave it out' }))
}

const fieldOf = (given: unknown, name: string): unknown =>
  typeof given === 'object' && given !== null ? Reflect.get(given, name) : undefined

const faultsOf = (issue: z.core.$ZodIssue): readonly Fault[] => {
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'is no filter here' }))
  return [{ path, message: /received undefined/.test(issue.message) ? 'is required' : issue.message }]
}

const withoutDoubles = (faults: readonly Fault[]): readonly Fault[] =>
  faults.filter(({ path }, at) => faults.findIndex((other) => other.path === path) === at)
