import { z } from 'zod'
import { streams } from '../log.ts'

const line = {
  n: z.int().describe('The number of the line, from 1, over both streams of the attempt.'),
  ts: z.number().describe('Unix seconds: when its beginning was read.'),
  stream: z.enum(streams),
  text: z.string().describe('Without its line feed, and without a carriage return just before that; at most 16 kB.'),
  cut: z.boolean().describe('The line is longer than its text.'),
}

const hit = {
  ...line,
  ranges: z
    .array(z.tuple([z.int(), z.int()]).readonly())
    .readonly()
    .describe('Where in the text it matches, from and up to, in UTF-16 units; empty where that lies beyond a cut.'),
}

const complete = z.boolean().describe('The attempt is over: its log grows no more.')

/** A page of an attempt's lines. */
export const LogLinesDocument = z
  .object({
    attempt: z.int().describe('0 before the first.'),
    total_lines: z.int().describe('Lines so far.'),
    complete,
    last_event_id: z
      .string()
      .nullable()
      .describe(
        "For Last-Event-ID of the run's stream: it goes on where these lines end. Null before the first output.",
      ),
    lines: z.array(z.object(line)).describe('In order. Fewer than asked for where that would be over about 1 MB.'),
  })
  .meta({ id: 'LogLines' })
export type LogLinesDocument = z.infer<typeof LogLinesDocument>

/** What a search in one attempt found. */
export const LogHitsDocument = z
  .object({
    attempt: z.int(),
    total_lines: z.int().describe('Lines when the search began.'),
    complete,
    hits: z.array(z.object(hit)).describe('Matching lines in order.'),
    total: z.int().describe('Matching lines from line `from` to line `searched_to`.'),
    searched_to: z.int().describe('The last line that was looked at: `total_lines` where the search came to the end.'),
    next: z.int().nullable().describe('The `from` to go on with; null: there are no more.'),
  })
  .meta({ id: 'LogHits' })
export type LogHitsDocument = z.infer<typeof LogHitsDocument>

/** A line of `/logs/search`. */
export const RunHitDocument = z
  .object({
    run_id: z.string(),
    job_id: z.string(),
    job_name: z.string(),
    domain: z.string(),
    attempt: z.int(),
    ...hit,
    more: z.boolean().describe('The last that is told of this attempt, which has others.'),
  })
  .meta({ id: 'RunHit' })
export type RunHitDocument = z.infer<typeof RunHitDocument>
