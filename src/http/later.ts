import { HydraError } from '../model/errors.ts'
import type { App } from './api.ts'

/** Routes of the contract that a later version brings. Until then they say so, and are not in the API's description. */
const routes: readonly (readonly [method: 'GET' | 'POST', url: string])[] = [
  ['POST', '/jobs/bulk'],
  ['POST', '/runs/bulk'],
]

export function laterRoutes(app: App): void {
  for (const [method, url] of routes)
    app.route({
      method,
      url,
      schema: { hide: true },
      config: { ...(method === 'POST' && { body: 'optional' }) },
      handler: async () => {
        throw new HydraError('NOT_FOUND', 'This route comes with a later version.')
      },
    })
}
