import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import files from '@fastify/static'
import { notFound } from '../model/errors.ts'
import type { App } from './api.ts'
import { pagePolicy } from './headers.ts'

/** Where the control plane's page lives. */
const at = '/ui'

/** What the built page has in place of the nonce, which is another for each answer. */
const nonceMark = /__CSP_NONCE__/g

/**
 * Serves the built page under /ui/, and leads there from the root. Its files need no token: they hold nothing but the
 * program. Every path of the page that is no file of it is answered with the page itself, which knows what to show.
 */
export async function servePage(app: App, folder: string | null): Promise<void> {
  if (folder === null || !existsSync(join(folder, 'index.html'))) return
  const index = readFileSync(join(folder, 'index.html'), 'utf8')
  const hidden = { schema: { hide: true }, config: { open: true } } as const
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(`${at}/`)) route.config = { ...route.config, open: true }
  })
  await app.register(files, {
    root: folder,
    prefix: `${at}/`,
    // Each file is a route of its own, so that nothing is looked up on the disk for a path that somebody made up.
    wildcard: false,
    index: false,
    globIgnore: ['index.html', '**/*.br'],
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => reply.header('cache-control', cacheOf(path)),
  })
  const page = (nonce: string): string => index.replace(nonceMark, nonce)
  app.get('/', hidden, async (_request, reply) => reply.redirect(`${at}/`, 302))
  for (const url of [at, `${at}/*`])
    app.get(url, hidden, async (request, reply) => {
      // A file of an earlier build: the page, as an answer to it, would be read as a program.
      if (request.url.startsWith(`${at}/assets/`)) throw notFound('file', request.url.slice(at.length + 1))
      const nonce = randomBytes(16).toString('base64')
      return reply
        .header('content-security-policy', pagePolicy(nonce))
        .type('text/html; charset=utf-8')
        .send(page(nonce))
    })
}

/** The names of assets hold a hash of their content; whoever has one has it for ever. */
const cacheOf = (path: string): string =>
  /[/\\]assets[/\\]/.test(path) ? 'public, max-age=31536000, immutable' : 'public, no-cache'
