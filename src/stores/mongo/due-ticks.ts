import { z } from 'zod'
import type { Millis } from '../../model/time.ts'
import { asked } from './gate.ts'
import { type Documents, reader } from './stored.ts'

const readDue = reader('job', z.object({ _id: z.string(), due: z.object({ tick: z.number() }) }))

/** The ticks that stand in these jobs and are to be finished. One that stands no more never does again. */
export async function dueTicks(jobs: Documents, ids: readonly string[]): Promise<ReadonlyMap<string, Millis>> {
  if (ids.length === 0) return new Map()
  const rules = { _id: { $in: ids }, 'due.tick': { $gte: Number.MIN_SAFE_INTEGER } }
  const found = await asked(() => jobs.find(rules, { projection: { due: 1 } }).toArray())
  return new Map(found.map(readDue).map(({ _id, due }) => [_id, due.tick]))
}
