import { z } from 'zod'
import { runStatuses } from '../run.ts'
import { RunMark } from './run.ts'

export const GridDocument = z.object({
  tasks: z.array(z.object({ task_id: z.string(), label: z.string(), instances: z.array(RunMark) })),
  runs: z.array(RunMark),
})
export const GanttDocument = z.object({ entries: z.array(RunMark) })
export const GraphDocument = z.object({
  nodes: z.array(z.object({ id: z.string(), label: z.string(), status: z.enum(runStatuses).nullable() })),
  edges: z.array(z.object({ source: z.string(), target: z.string() })),
})

export type GridDocument = z.infer<typeof GridDocument>
export type GanttDocument = z.infer<typeof GanttDocument>
export type GraphDocument = z.infer<typeof GraphDocument>
