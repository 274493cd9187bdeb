import { z } from 'zod'
import type { AuditEntry } from '../model/audit.ts'
import { timeOrNull } from '../model/fields.ts'
import { iso } from '../model/time.ts'
import { AuditDocument } from '../model/wire/audit.ts'
import type { Api, App } from './api.ts'
import { sendList } from './array-stream.ts'
import { scopeOf } from './auth.ts'
import { type ListKind, pageOf, pageQuery, shownOf } from './lists.ts'
import { inTurns } from './take-turns.ts'

const kind: ListKind = { name: 'audit', otherwise: 100 }

const word = z.string({ error: 'must be given once' }).optional()

const auditQuery = pageQuery.extend({
  since: timeOrNull().optional().describe('From here on.'),
  actor: word.describe('The name of a token; admin for the admin’s.'),
  object: word.describe('The id of a job, run or token, or the name of a domain or worker.'),
})

export function auditRoutes(app: App, api: Api): void {
  const schema = {
    tags: ['audit'],
    summary: 'Every change that was made through the API, newest first: who, what, before and after, when, from where',
    querystring: auditQuery,
    response: { 200: z.array(AuditDocument) },
  }
  app.get('/audit/', { schema }, async (request, reply) => {
    const scope = scopeOf(request)
    const { since = null, actor = null, object = null } = request.query
    const page = pageOf(scope, kind, request.query)
    const found = await api.plane.audit.list(scope, { since, actor, object }, inTurns(api, request, page))
    const shown = shownOf(request, reply, { scope, kind, page, idOf: ({ _id }) => _id }, found)
    return sendList(api, request, reply, shown, auditDocument)
  })
}

const auditDocument = ({ at, before, after, ...entry }: AuditEntry): AuditDocument => ({
  ...entry,
  at: iso(at),
  before: before && { ...before },
  after: after && { ...after },
})
