import { z } from 'zod'
import { type HostSample, samplesSpan } from '../model/host-load.ts'
import type { Millis } from '../model/time.ts'

/** A worker's samples as they lie in a store: by their places, as short as can be. */
const Places = z.record(z.string(), z.tuple([z.number(), z.number().nullable(), z.number(), z.number()]))

/** A sample as it is kept. Pure. */
export const keptSample = ({
  at,
  load_average,
  memory_free,
  memory_total,
}: HostSample): z.infer<typeof Places>[string] => [at, load_average, memory_free, memory_total]

/** Those of the last hour, the oldest first; a place that was not written since still has an older one. Pure. */
export function samplesIn(places: unknown, now: Millis): readonly HostSample[] {
  return Object.values(Places.parse(places))
    .map(([at, load_average, memory_free, memory_total]) => ({ at, load_average, memory_free, memory_total }))
    .filter(({ at }) => at > now - samplesSpan)
    .sort((one, other) => one.at - other.at)
}
