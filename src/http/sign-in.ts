import { HydraError, invalid } from '../model/errors.ts'
import { SignedInDocument, SignIn, WhoamiDocument } from '../model/wire/session.ts'
import { type Api, type App, addressOf } from './api.ts'
import { callerOf } from './auth.ts'
import { WrongTokens } from './wrong-tokens.ts'

const tags = ['session']

/** Where the page learns who it is, and exchanges the code of a link for the token that the code stands for. */
export function signInRoutes(app: App, { config, signInCodes }: Api): void {
  const wrong = new WrongTokens()
  const who = { tags, summary: 'Who the token is', response: { 200: WhoamiDocument } }
  app.get('/whoami', { schema: who }, async (request): Promise<WhoamiDocument> => {
    const { scope, role } = callerOf(request)
    const { actor: name, domain } = scope
    return { role, name, domain, default_domain: config.defaultDomain, version: config.version }
  })

  const exchange = {
    tags,
    summary: 'Exchanges the code of a link that signs in for its token, once',
    description: 'The code is what a server prints at its start, in the link to its page.',
    body: SignIn,
    response: { 200: SignedInDocument },
  }
  app.post(
    '/sign-in',
    { config: { open: true, body: 'json' }, bodyLimit: 1000, schema: exchange },
    async (request): Promise<SignedInDocument> => {
      const parsed = SignIn.safeParse(request.body)
      if (!parsed.success) throw invalid([{ path: 'code', message: 'must be the code of a link that signs in' }])
      const now = performance.now()
      const token = signInCodes.redeem(parsed.data.code, now)
      if (token !== null) return { token }
      const wait = wrong.add(addressOf(request), now)
      if (wait !== null)
        throw new HydraError('TOO_MANY', 'Too many wrong codes came from this address.', { retryAfter: wait })
      throw new HydraError('UNAUTHENTICATED', 'This link was used already, or it is too old: sign in with a token.')
    },
  )
}
