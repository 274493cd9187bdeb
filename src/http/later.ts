import { HydraError } from '../model/errors.ts'
import type { App } from './api.ts'

/** Routes of the contract that a later version brings. Until then they say so, and are not in the API's description. */
const routes: readonly (readonly [method: 'GET' | 'POST' | 'DELETE', url: string, admin?: true])[] = [
  ['GET', '/jobs/:id/ticks'],
  ['GET', '/jobs/:id/versions'],
  ['POST', '/jobs/bulk'],
  ['POST', '/runs/bulk'],
  ['GET', '/runs/:id/log/lines'],
  ['GET', '/runs/:id/log/search'],
  ['GET', '/logs/search'],
  ['GET', '/audit/'],
  ['GET', '/admin/domains/:domain/tokens', true],
  ['POST', '/admin/domains/:domain/tokens', true],
  ['DELETE', '/admin/domains/:domain/tokens/:id', true],
]

export function laterRoutes(app: App): void {
  for (const [method, url, admin] of routes)
    app.route({
      method,
      url,
      schema: { hide: true },
      config: { ...(admin && { admin }), ...(method === 'POST' && { body: 'optional' }) },
      handler: async () => {
        throw new HydraError('NOT_FOUND', 'This route comes with a later version.')
      },
    })
}
