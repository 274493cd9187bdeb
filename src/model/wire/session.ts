import { z } from 'zod'
import { roles } from '../domain.ts'

/** Who a token is: what a page shows and offers depends on it. */
export const WhoamiDocument = z
  .object({
    role: z.enum(['admin', ...roles]),
    name: z.string().describe("The token's name; admin for the admin's."),
    domain: z.string().nullable().describe('null: all of them.'),
    default_domain: z.string().describe('Where an admin creates unless ?domain= says otherwise.'),
    version: z.string().describe("The server's."),
  })
  .meta({ id: 'Whoami' })
export type WhoamiDocument = z.infer<typeof WhoamiDocument>

/** The code of a link that signs in, and what it was exchanged for. */
export const SignIn = z.object({
  code: z.string({ error: 'must be the code of a link that signs in' }).min(1).max(200),
})
export const SignedInDocument = z.object({ token: z.string() }).meta({ id: 'SignedIn' })
export type SignedInDocument = z.infer<typeof SignedInDocument>
