import { invalid } from '../model/errors.ts'
import { PreviewRequest, preview } from '../model/preview.ts'
import { iso } from '../model/time.ts'
import { PreviewDocument } from '../model/wire/schedule.ts'
import type { Api, App } from './api.ts'
import { definitionLimit } from './body.ts'

export function scheduleRoutes(app: App, { plane }: Api): void {
  const schema = {
    tags: ['jobs'],
    summary: 'The next ticks of a schedule, with what daylight saving does to them',
    body: PreviewRequest,
    response: { 200: PreviewDocument },
  }
  app.post(
    '/schedules/preview',
    { config: { body: 'definition' }, bodyLimit: definitionLimit, schema },
    async (request) => {
      const parsed = PreviewRequest.safeParse(request.body)
      if (!parsed.success)
        throw invalid(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })))
      const { schedule, count } = parsed.data
      return { ticks: preview(schedule, count, plane.clock.now()).map(({ at, ...tick }) => ({ at: iso(at), ...tick })) }
    },
  )
}
