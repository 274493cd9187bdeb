import { z } from 'zod'
import { invalid } from '../model/errors.ts'
import { timeOrNull } from '../model/fields.ts'
import {
  type Buckets,
  bucketsOf,
  mostBuckets,
  pleasantWidth,
  type Quantiles,
  rollups,
  type Summary,
  totalOf,
} from '../model/figures.ts'
import { iso, latestTime, type Millis } from '../model/time.ts'
import { PlannedDocument, type QuantilesDocument, StatsDocument } from '../model/wire/stats.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'

/** The span that is shown where none is asked for. */
const day: Millis = 86_400_000
const longestBucket: Millis = 3660 * day

const units: Readonly<Record<string, Millis>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: day, w: 7 * day }

const faults = {
  shape: 'must be whole minutes, in seconds or with a unit: 300, 5m, 1h, 1d, 1w',
  long: 'must be at most ten years',
}

/** `300`, `5m`, `1h` → ms; what cannot be used stays what it is. */
const bucket = z.preprocess(
  (value) => {
    const [, count, unit] = (typeof value === 'string' && /^\s*(\d{1,12})\s*([smhdw]?)\s*$/i.exec(value)) || []
    return count === undefined ? value : Number(count) * (units[(unit ?? '').toLowerCase()] ?? Number.NaN)
  },
  z
    .number({ error: faults.shape })
    .min(rollups.narrow, { error: faults.shape, abort: true })
    .multipleOf(rollups.narrow, { error: faults.shape })
    .max(longestBucket, { error: faults.long }),
)

const statsQuery = z.object({
  since: timeOrNull().optional().describe('From here on, by the creation of runs; a day before `until` unless given.'),
  until: timeOrNull().optional().describe('Before this; now unless given.'),
  bucket: bucket
    .optional()
    .describe(
      'Whole minutes, in seconds or with a unit: 300, 5m, 1h, 1d, 1w. Buckets begin at its multiples since 1970 in UTC. ' +
        'Unless given: such that there are at most 100 (of a minute, 5, 15, an hour, 6, a day or a week). Buckets below an ' +
        'hour are known for as long as runs are kept (RETENTION_DAYS), longer ones for ever.',
    ),
  job_id: z.string({ error: 'must be given once' }).optional(),
})

export function statsRoutes(app: App, api: Api): void {
  const { store, clock } = api.plane
  const schema = {
    tags: ['runs'],
    summary: 'Ended runs by outcome, and how long they took, by time',
    description:
      'A run counts in the bucket of its creation once it has ended, at once; its figures outlive it. An empty bucket is there too.',
    querystring: statsQuery,
    response: { 200: StatsDocument },
  }
  app.get('/stats/runs', { schema }, async (request) => {
    const { job_id = null } = request.query
    const buckets = bucketsIn(request.query, clock.now())
    const found = await store.figures.stats({ domain: scopeOf(request).domain, job_id, buckets })
    return {
      since: iso(buckets.from),
      until: iso(Math.min(buckets.until, latestTime)),
      bucket: buckets.width / 1000,
      buckets: found.map((summary, at) => bucketDocument(summary, buckets.from + at * buckets.width)),
    }
  })
}

const plannedQuery = statsQuery.omit({ since: true }).extend({
  until: timeOrNull().optional().describe('Before this; a day from now unless given.'),
})

/** What is planned, in the same buckets as what has been. */
export function plannedRoutes(app: App, { plane: { views, clock } }: Api): void {
  const schema = {
    tags: ['runs'],
    summary: 'How many ticks are planned, by time',
    description:
      'From the bucket that now is in. Ticks of the 1,000 jobs that are planned soonest; where there are more jobs, `until` is ' +
      'where their ticks are no longer all known.',
    querystring: plannedQuery,
    response: { 200: PlannedDocument },
  }
  app.get('/stats/planned', { schema }, async (request): Promise<PlannedDocument> => {
    const now = clock.now()
    const { until = now + day, bucket, job_id = null } = request.query
    const buckets = bucketsIn({ since: now, until: until ?? now + day, bucket }, now)
    const { counts, until: known } = await views.planned(scopeOf(request), buckets, job_id)
    return {
      since: iso(buckets.from),
      until: iso(Math.min(known, latestTime)),
      bucket: buckets.width / 1000,
      buckets: counts.map((planned, at) => ({ start: iso(buckets.from + at * buckets.width), planned })),
    }
  })
}

/** @throws INVALID for a span that is none, or makes too many buckets */
function bucketsIn(query: z.infer<typeof statsQuery>, now: Millis): Buckets {
  const until = query.until ?? now
  const since = query.since ?? Math.max(0, until - day)
  if (since >= until) throw invalid([{ path: 'since', message: 'must be before until' }])
  const width = query.bucket ?? pleasantWidth(since, until)
  const buckets = bucketsOf(since, until, width)
  if (buckets.count > mostBuckets)
    throw invalid([
      {
        path: 'bucket',
        message: `makes ${buckets.count} buckets of this span, and at most ${mostBuckets} are answered: take a longer one`,
      },
    ])
  return buckets
}

function bucketDocument(summary: Summary, start: Millis) {
  const { duration, queue, counts } = summary
  return {
    start: iso(start),
    total: totalOf(summary),
    ...counts,
    duration: inSeconds(duration),
    queue: inSeconds(queue),
  }
}

const inSeconds = ({ p50, p95 }: Quantiles): QuantilesDocument => ({
  p50: seconds(p50),
  p95: seconds(p95),
})

/** To the millisecond: more digits would say more than is known. */
const seconds = (time: Millis | null): number | null => (time === null ? null : Math.round(time) / 1000)
