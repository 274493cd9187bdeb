import { GanttDocument, GraphDocument, GridDocument } from '../model/wire/charts.ts'
import type { RunMark } from '../model/wire/run.ts'
import type { Scope } from '../scheduler/scope.ts'
import { anyRun } from '../scheduler/views.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'
import { idParam } from './params.ts'
import { runMark } from './wire-run.ts'

/** The one task that each job has. */
const task = 'task_main'

/** At most this many runs are drawn: the newest. */
const drawn = 100

const tags = ['jobs']

/** What a job's charts are drawn from. */
export function chartRoutes(app: App, api: Api): void {
  const { jobs, views } = api.plane
  const marksOf = async (scope: Scope, id: string): Promise<RunMark[]> => {
    const found = await views.runsOfJob(scope, id, anyRun, { limit: drawn, after: null, oldestFirst: false }, 0)
    return found.map(({ run }) => runMark(run)).reverse()
  }

  const grid = {
    tags,
    summary: 'Its newest runs as a grid, oldest first',
    params: idParam,
    response: { 200: GridDocument },
  }
  app.get('/jobs/:id/grid', { schema: grid }, async (request) => {
    const job = await jobs.get(scopeOf(request), request.params.id)
    const runs = await marksOf(scopeOf(request), job._id)
    return { tasks: [{ task_id: task, label: job.name, instances: runs }], runs }
  })

  const gantt = {
    tags,
    summary: 'Its newest runs as bars, oldest first',
    params: idParam,
    response: { 200: GanttDocument },
  }
  app.get('/jobs/:id/gantt', { schema: gantt }, async (request) => ({
    entries: await marksOf(scopeOf(request), request.params.id),
  }))

  const graph = { tags, summary: 'Its tasks as a graph', params: idParam, response: { 200: GraphDocument } }
  app.get('/jobs/:id/graph', { schema: graph }, async (request) => {
    const job = await jobs.get(scopeOf(request), request.params.id)
    const newest = (await marksOf(scopeOf(request), job._id)).at(-1)
    return { nodes: [{ id: task, label: job.name, status: newest?.status ?? null }], edges: [] }
  })
}
