import { HealthDocument, ReadyDocument } from '../model/wire/health.ts'
import type { Api, App } from './api.ts'

const tags = ['health']
const open = { open: true } as const

export function healthRoutes(app: App, api: Api): void {
  const { plane, log } = api
  const health = { tags, summary: 'Whether the process serves', response: { 200: HealthDocument } }
  app.get('/health', { config: open, schema: health }, async (request) => {
    try {
      const { workers, pending } = await plane.views.counts(request.caller?.scope.domain ?? null)
      return { status: 'ok' as const, workers, pending_jobs: pending }
    } catch (error) {
      // Alive is not the same as able to work: that is what /ready says.
      log.warn('the figures of /health cannot be read', { error })
      return { status: 'ok' as const, workers: 0, pending_jobs: 0 }
    }
  })

  const ready = { tags, summary: 'Whether it can do its work', response: { 200: ReadyDocument, 503: ReadyDocument } }
  app.get('/ready', { config: open, schema: ready }, async (_request, reply) => {
    const answer = await plane.ready()
    if (!answer.ready) reply.header('retry-after', '1')
    return reply.code(answer.ready ? 200 : 503).send({ ready: answer.ready, checks: [...answer.checks] })
  })
}
