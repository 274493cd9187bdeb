import type { Millis } from '../model/time.ts'
import { HealthDocument, ReadyDocument } from '../model/wire/health.ts'
import { inTimeOr } from '../scheduler/away.ts'
import type { Api, App } from './api.ts'

const tags = ['health']
const open = { open: true } as const

/** Who asks whether the process lives does not wait for servers that do not answer. ms */
const patience: Millis = 1000

type Counts = Pick<HealthDocument, 'workers' | 'pending_jobs'>

export function healthRoutes(app: App, api: Api): void {
  const { plane, log } = api
  /** By domain, null for all: what is said while it cannot be asked. */
  const known = new Map<string | null, Counts>()
  const ask = async (domain: string | null): Promise<void> => {
    const { workers, pending } = await plane.views.counts(domain)
    known.set(domain, { workers, pending_jobs: pending })
  }
  const health = { tags, summary: 'Whether the process serves', response: { 200: HealthDocument } }
  app.get('/health', { config: open, schema: health }, async (request) => {
    const domain = request.caller?.scope.domain ?? null
    // Alive is not the same as able to work: that is what /ready says.
    const asked = ask(domain).catch((error: unknown) => log.warn('the figures of /health cannot be read', { error }))
    await inTimeOr(asked, patience, () => {})
    return { status: 'ok' as const, ...(known.get(domain) ?? { workers: 0, pending_jobs: 0 }) }
  })

  const ready = { tags, summary: 'Whether it can do its work', response: { 200: ReadyDocument, 503: ReadyDocument } }
  app.get('/ready', { config: open, schema: ready }, async (_request, reply) => {
    const answer = await plane.ready()
    if (!answer.ready) reply.header('retry-after', '1')
    return reply.code(answer.ready ? 200 : 503).send({ ready: answer.ready, checks: [...answer.checks] })
  })
}
