import type { FastifyContextConfig } from 'fastify'
import { z } from 'zod'
import { HydraError } from '../model/errors.ts'
import type { Api, App } from './api.ts'

/** What is measured, for Prometheus: for the admin, or for everyone with METRICS_PUBLIC=1. */
export function metricsRoutes(app: App, { plane, config, metrics }: Api): void {
  const access: FastifyContextConfig = config.metricsPublic === true ? { open: true } : { admin: true }
  const schema = {
    tags: ['health'],
    summary: 'What is measured, in the text format of Prometheus',
    description: 'For the admin, or with METRICS_PUBLIC=1 for everyone.',
    response: {
      200: { description: 'Counters, gauges and histograms.', content: { 'text/plain': { schema: z.string() } } },
    },
  }
  app.get('/metrics', { config: access, schema }, async (_request, reply) => {
    if (metrics === undefined) throw new HydraError('NOT_FOUND', 'This server measures nothing.')
    return reply.type(metrics.contentType).send(await metrics.text(await plane.vitals()))
  })
}
