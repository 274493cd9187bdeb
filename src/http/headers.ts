import type { App } from './api.ts'

const policy = {
  'default-src': "'self'",
  'base-uri': "'none'",
  'connect-src': "'self'",
  'font-src': "'self' data:",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'img-src': "'self' data:",
  'object-src': "'none'",
  'script-src': "'self'",
  // The page of the API's description sets styles of its own on elements.
  'style-src': "'self' 'unsafe-inline'",
}

/** The policy as one header. */
const written = (of: Readonly<Record<string, string>>): string =>
  Object.entries(of)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')

/** The policy of the control plane's page: style sheets that its components add carry this answer's nonce, others are refused. */
export const pagePolicy = (nonce: string): string =>
  written({ ...policy, 'style-src': `'self' 'nonce-${nonce}'`, 'worker-src': "'none'" })

/**
 * What every answer says to a browser: everything comes from this server alone, nothing may frame it, no type is
 * guessed. They are the same for all answers, so they are made once (the helmet plugin makes them anew for each, a
 * fifth of what a small answer costs). Whether the server is reached by TLS is its proxy's matter: no HSTS here.
 */
const securityHeaders = {
  // Answers are one tenant's; what may be kept (the page's files) says so itself.
  'cache-control': 'no-store',
  'content-security-policy': written(policy),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
}

export function secureHeaders(app: App): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(securityHeaders)
    done()
  })
}
