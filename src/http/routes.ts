import { adminRoutes } from './admin.ts'
import type { Api, App } from './api.ts'
import { attentionRoutes } from './attention.ts'
import { auditRoutes } from './audit.ts'
import { bulkRoutes } from './bulk.ts'
import { chartRoutes } from './charts.ts'
import { healthRoutes } from './health.ts'
import { Idempotency } from './idempotency.ts'
import { jobRoutes } from './jobs.ts'
import { linkRoutes } from './link.ts'
import { logRoutes } from './log.ts'
import { logLineRoutes } from './log-lines.ts'
import { logSearchRoutes } from './log-search.ts'
import { metricsRoutes } from './metrics.ts'
import { queueRoutes } from './queue.ts'
import { runRoutes } from './runs.ts'
import { scheduleRoutes } from './schedules.ts'
import { signInRoutes } from './sign-in.ts'
import { plannedRoutes, statsRoutes } from './stats.ts'
import { eventStreamRoutes } from './stream-events.ts'
import { logStreamRoutes } from './stream-log.ts'
import { tickRoutes } from './ticks.ts'
import { tokenRoutes } from './tokens.ts'
import { versionRoutes } from './versions.ts'
import { workerRoutes } from './workers.ts'

/** Every route of the API. */
export function addRoutes(app: App, api: Api): void {
  const once = new Idempotency(api.plane)
  jobRoutes(app, api, once)
  versionRoutes(app, api)
  chartRoutes(app, api)
  runRoutes(app, api, once)
  logRoutes(app, api)
  logLineRoutes(app, api)
  logSearchRoutes(app, api)
  logStreamRoutes(app, api)
  workerRoutes(app, api)
  bulkRoutes(app, api, once)
  linkRoutes(app, api)
  queueRoutes(app, api)
  attentionRoutes(app, api)
  statsRoutes(app, api)
  plannedRoutes(app, api)
  scheduleRoutes(app, api)
  tickRoutes(app, api)
  eventStreamRoutes(app, api)
  healthRoutes(app, api)
  metricsRoutes(app, api)
  adminRoutes(app, api)
  tokenRoutes(app, api)
  auditRoutes(app, api)
  signInRoutes(app, api)
}
