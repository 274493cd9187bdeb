import { z } from 'zod'
import type { JobVersion } from '../model/job.ts'
import { iso } from '../model/time.ts'
import { VersionDocument } from '../model/wire/job.ts'
import type { Api, App } from './api.ts'
import { scopeOf } from './auth.ts'
import { type ListKind, pageOf, pageQuery, shownOf } from './lists.ts'
import { idParam } from './params.ts'
import { definitionDocument } from './wire-job.ts'

export function versionRoutes(app: App, { plane }: Api): void {
  const schema = {
    tags: ['jobs'],
    summary: "A job's versions: what it was, since when, and who made it so; newest first",
    params: idParam,
    querystring: pageQuery,
    response: { 200: z.array(VersionDocument) },
  }
  app.get('/jobs/:id/versions', { schema }, async (request, reply) => {
    const scope = scopeOf(request)
    const { id } = request.params
    const kind: ListKind = { name: `versions of ${id}`, otherwise: 100 }
    const page = pageOf(scope, kind, request.query)
    const found = await plane.jobs.versions(scope, id, page)
    const idOf = ({ version }: JobVersion): string => String(version)
    return shownOf(request, reply, { scope, kind, page, idOf }, found).map(versionDocument)
  })
}

const versionDocument = ({ version, actor, created_at, definition }: JobVersion): VersionDocument => ({
  version,
  actor,
  created_at: iso(created_at),
  definition: definitionDocument(definition),
})
