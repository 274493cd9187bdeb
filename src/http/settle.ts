import type { Api, App } from './api.ts'

/** What only reads promises nothing. */
const reads = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * The answer to an act may rest on what was read alone ("it is cancelled already"), which reads may show a moment before it is
 * durable: such an answer waits for that moment. Where it never comes, nothing is promised.
 */
export function promiseWhatIsDurable(app: App, { plane }: Pick<Api, 'plane'>): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reads.has(request.method) || reply.statusCode >= 400) return done(null, payload)
    plane.store.settled().then(
      () => done(null, payload),
      (error: Error) => done(error),
    )
  })
}
