import type { Millis } from '../model/time.ts'
import { HealthDocument, ReadyDocument } from '../model/wire/health.ts'
import type { Log } from '../runtime/log.ts'
import { inTimeOr } from '../scheduler/away.ts'
import type { Check } from '../scheduler/control-plane.ts'
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
  const underWay = new Map<string | null, Promise<void>>()
  const read = async (domain: string | null): Promise<void> => {
    try {
      const { workers, pending } = await plane.views.counts(domain)
      known.set(domain, { workers, pending_jobs: pending })
    } catch (error) {
      log.warn('the figures of /health cannot be read', { error })
    }
    underWay.delete(domain)
  }
  /** Probes come every few seconds: while a server does not answer, all wait for the one question that was put to it. */
  const ask = (domain: string | null): Promise<void> => {
    const asked = underWay.get(domain) ?? read(domain)
    underWay.set(domain, asked)
    return asked
  }
  const health = { tags, summary: 'Whether the process serves', response: { 200: HealthDocument } }
  app.get('/health', { config: open, schema: health }, async (request) => {
    const domain = request.caller?.scope.domain ?? null
    // Alive is not the same as able to work: that is what /ready says.
    await inTimeOr(ask(domain), patience, () => {})
    return { status: 'ok' as const, ...(known.get(domain) ?? { workers: 0, pending_jobs: 0 }) }
  })

  const ready = { tags, summary: 'Whether it can do its work', response: { 200: ReadyDocument, 503: ReadyDocument } }
  const noted = new FaultLog(log)
  app.get('/ready', { config: open, schema: ready }, async (request, reply) => {
    const answer = await plane.ready()
    noted.note(answer.checks)
    if (!answer.ready) reply.header('retry-after', '1')
    // The route is open to all, and what a driver says names addresses: those are the admin's.
    const isAdmin = request.caller?.role === 'admin'
    const checks = answer.checks.map(({ name, ok, detail, fault = detail }) => ({
      name,
      ok,
      detail: isAdmin ? fault : detail,
    }))
    return reply.code(answer.ready ? 200 : 503).send({ ready: answer.ready, checks })
  })
}

/** Logs what is wrong when it changes: a probe asks every few seconds. */
class FaultLog {
  readonly #log: Log
  readonly #last = new Map<string, string>()

  constructor(log: Log) {
    this.#log = log
  }

  note(checks: readonly Check[]): void {
    for (const { name, fault } of checks) {
      if (fault === undefined) this.#last.delete(name)
      else if (this.#last.get(name) !== fault) {
        this.#last.set(name, fault)
        this.#log.warn('not ready', { check: name, error: fault })
      }
    }
  }
}
