import { HydraError } from '../model/errors.ts'
import type { App } from './api.ts'

/** Answers 405 with `Allow` where a path has routes for other methods, else 404. Must be called before the routes are added. */
export function refuseUnknownRoutes(app: App): void {
  const known: { readonly pattern: RegExp; readonly methods: Set<string> }[] = []
  const byUrl = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const path = url.replace(/\/+$/, '')
    const methods = byUrl.get(path) ?? new Set()
    if (!byUrl.has(path)) known.push({ pattern: patternOf(path), methods })
    byUrl.set(path, methods)
    for (const one of [method].flat()) methods.add(one)
  })
  app.setNotFoundHandler((request, reply) => {
    const [url = ''] = request.url.split('?')
    const path = url.replace(/\/+$/, '')
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).flatMap((route) => [...route.methods]))
    if (methods.size === 0 || methods.has(request.method)) throw new HydraError('NOT_FOUND', 'There is no such route.')
    reply.header('allow', [...methods, 'OPTIONS'].join(', '))
    throw new HydraError(
      'METHOD_NOT_ALLOWED',
      `${request.method} is not possible here; ${[...methods].join(', ')} ${methods.size === 1 ? 'is' : 'are'}.`,
    )
  })
}

/** A route's path as an expression; a parameter is one part of a path. */
const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/:\w+/g, '[^/]+')
      .replace(/\*/g, '.*')}$`,
  )
