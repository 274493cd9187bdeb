import { ApiError, type DomainDocument, type HydraClient, type JobDocument, type RunDocument } from '../client/index.ts'
import { exitCodes } from './exit-codes.ts'
import { Refusal } from './refusal.ts'
import { didYouMean } from './suggest.ts'
import { printable } from './text.ts'

/** Fewer characters than this are the beginning of no id: most ids of a month begin alike. */
const shortestPrefix = 4

/** Jobs that are looked at for a name like the one that is not there. */
const suggestedFrom = 1000

/** Runs that a beginning fits are counted up to here. */
const mostCounted = 100

const isWholeId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
const mayBeginId = (text: string): boolean => text.length >= shortestPrefix && /^[0-9a-f-]+$/.test(text)

/** The job of this key, name, id or unique beginning of an id. @throws Refusal where there is none, or are several */
export async function findJob(client: HydraClient, wanted: string): Promise<JobDocument> {
  const job =
    (await jobById(client, wanted)) ?? (await jobByName(client, wanted)) ?? (await jobByPrefix(client, wanted))
  if (job !== null) return job
  throw new Refusal(
    `There is no job ${JSON.stringify(wanted)}.${tooShort(wanted)}${await jobsLike(client, wanted)} \`hydra jobs\` lists them.`,
    exitCodes.notFound,
  )
}

/** The run of this id, or unique beginning of one. @throws Refusal where there is none, or are several */
export async function findRun(client: HydraClient, wanted: string): Promise<RunDocument> {
  const run = (await runById(client, wanted)) ?? (await runByPrefix(client, wanted))
  if (run !== null) return run
  throw new Refusal(
    `There is no run ${JSON.stringify(wanted)}.${tooShort(wanted)} \`hydra runs\` lists them.`,
    exitCodes.notFound,
  )
}

/** The domain of this name, for the admin. @throws Refusal where there is none */
export async function findDomain(client: HydraClient, name: string): Promise<DomainDocument> {
  const all = await client.domains.list()
  const found = all.find(({ domain }) => domain === name)
  if (found) return found
  const like = didYouMean(
    name,
    all.map(({ domain }) => domain),
  )
  throw new Refusal(
    `There is no domain ${JSON.stringify(name)}.${like} \`hydra domains\` lists them.`,
    exitCodes.notFound,
  )
}

/** What would begin an id if it were longer. */
const tooShort = (text: string): string =>
  /^[0-9a-f-]+$/.test(text) && !mayBeginId(text)
    ? ` The beginning of an id needs at least ${shortestPrefix} characters.`
    : ''

/** A run, or a job, whichever has this id, key or name; a name goes before the beginning of an id. @throws Refusal */
export async function findEither(
  client: HydraClient,
  wanted: string,
): Promise<{ readonly run: RunDocument } | { readonly job: JobDocument }> {
  const run = await runById(client, wanted)
  if (run !== null) return { run }
  const job = (await jobById(client, wanted)) ?? (await jobByName(client, wanted))
  if (job !== null) return { job }
  const begun = await runByPrefix(client, wanted)
  return begun === null ? { job: await findJob(client, wanted) } : { run: begun }
}

const runById = async (client: HydraClient, id: string): Promise<RunDocument | null> =>
  isWholeId(id) ? orNull(client.runs.get(id, { tail: 0 })) : null

const jobById = async (client: HydraClient, id: string): Promise<JobDocument | null> =>
  isWholeId(id) ? orNull(client.jobs.get(id)) : null

async function runByPrefix(client: HydraClient, text: string): Promise<RunDocument | null> {
  if (!mayBeginId(text)) return null
  const found: RunDocument[] = []
  // The server looks into names too, of which there may be many; the beginning of an id is rarer.
  for await (const run of client.runs.list({ q: text, tail: 0, limit: 200 })) {
    if (run._id.startsWith(text)) found.push(run)
    if (found.length > mostCounted) break
  }
  return only(found, text, 'runs')
}

async function jobByName(client: HydraClient, name: string): Promise<JobDocument | null> {
  const keyed: JobDocument[] = []
  const named: JobDocument[] = []
  for await (const job of client.jobs.list({ q: name, sort: 'name', limit: 200 })) {
    if (job.key === name) keyed.push(job)
    else if (job.name === name) named.push(job)
  }
  // A key is one job's in its domain; an admin sees several domains.
  return only(keyed.length > 0 ? keyed : named, name, 'jobs')
}

async function jobByPrefix(client: HydraClient, text: string): Promise<JobDocument | null> {
  if (!mayBeginId(text)) return null
  const found: JobDocument[] = []
  for await (const job of client.jobs.list({ limit: 1000 })) if (job._id.startsWith(text)) found.push(job)
  return only(found, text, 'jobs')
}

/** @throws Refusal where there are several */
function only<T extends { readonly _id: string; readonly domain: string }>(
  found: readonly T[],
  wanted: string,
  what: string,
): T | null {
  if (found.length < 2) return found[0] ?? null
  const ids = found.slice(0, 5).map(({ _id, domain }) => `${_id} (${domain})`)
  const count = found.length > mostCounted ? `More than ${mostCounted}` : found.length
  const more = found.length > ids.length ? ', …' : ''
  throw new Refusal(
    `${count} ${what} are meant by ${JSON.stringify(wanted)}: ${ids.join(', ')}${more}. Name one by its id, or its domain with --domain.`,
    exitCodes.usage,
  )
}

async function jobsLike(client: HydraClient, wanted: string): Promise<string> {
  const names: string[] = []
  for (const { name, key } of (await client.jobs.page({ limit: suggestedFrom })).items) {
    names.push(printable(name))
    if (key !== null) names.push(printable(key))
  }
  return didYouMean(wanted, names)
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}
