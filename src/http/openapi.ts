import swagger, { type SwaggerTransform } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readFromText } from '../model/fields.ts'
// Loaded for its schema, which is in the description by its name.
import '../model/wire/problem.ts'
import type { App } from './api.ts'
import { problemType } from './errors.ts'

/** Where the page that shows the description lives. */
const page = '/docs'

const about = `Times are ISO 8601 in UTC. Lists are plain arrays, newest first; the next page is in the Link header.
A token travels as x-api-key or as Authorization: Bearer; an admin may act in one domain with ?domain=NAME on any route.
An Idempotency-Key on a POST that creates makes it repeatable for 24 hours. Errors are application/problem+json (RFC 9457).`

const securitySchemes = {
  token: { type: 'apiKey', in: 'header', name: 'x-api-key' },
  bearer: { type: 'http', scheme: 'bearer' },
} as const

type Override = NonNullable<NonNullable<Parameters<typeof createJsonSchemaTransform>[0]['zodToJsonConfig']>['override']>

/** Fields with a default may be left out of a body; what `z.preprocess` fills in is one of them, which zod cannot know. */
const withoutDefaulted: Override = (context) => {
  withoutSafeBounds(context)
  const { zodSchema, jsonSchema } = context
  asText(jsonSchema)
  const { def } = zodSchema._zod
  if (def.type !== 'object' || !jsonSchema.required) return
  const fields = new Map<string, unknown>(Object.entries(def.shape))
  const required = jsonSchema.required.filter((name) => !isPreprocessed(fields.get(name)))
  if (required.length > 0) jsonSchema.required = required
  else delete jsonSchema.required
}

/** A field that reads a text is asked for as that text, not as what is read from it. */
function asText(jsonSchema: Parameters<Override>[0]['jsonSchema']): void {
  const format = jsonSchema[readFromText]
  if (typeof format !== 'string') return
  for (const name of [readFromText, 'anyOf', 'type']) delete jsonSchema[name]
  jsonSchema.anyOf = [{ type: 'string', format }, { type: 'null' }]
}

/** That a number is exact in a double goes without saying. */
const withoutSafeBounds: Override = ({ jsonSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

const isPreprocessed = (schema: unknown): boolean =>
  schema instanceof z.ZodPipe && schema._zod.def.in instanceof z.ZodTransform

const ofRequests = createJsonSchemaTransform({ zodToJsonConfig: { override: withoutDefaulted } })
const ofAnswers = createJsonSchemaTransform({ zodToJsonConfig: { override: withoutSafeBounds } })
const components = createJsonSchemaTransformObject({ zodToJsonConfig: { override: withoutSafeBounds } })

const problem = {
  description: 'A problem: what is wrong, in one sentence.',
  content: { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } },
}

const transform: SwaggerTransform = (route) => {
  const asked = ofRequests(route)
  const { response } = ofAnswers(route).schema
  const known = typeof response === 'object' && response !== null ? response : {}
  const needsNoToken = route.route.config?.open === true && { security: [] }
  return { ...asked, schema: { ...asked.schema, ...needsNoToken, response: { ...known, default: problem } } }
}

/** Describes the API by the schemas that validate it: `/openapi.json`, and `/docs` to read and try it. */
export async function describeApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'hydra-jobs', version, description: about },
      components: { securitySchemes },
      security: [{ token: [] }, { bearer: [] }],
    },
    transform,
    transformObject: (document) => {
      const all = components(document)
      const schemas = 'components' in all ? (all.components?.schemas ?? {}) : {}
      // Each is made for both directions; none of them is asked of anyone.
      for (const name of Object.keys(schemas)) if (name.endsWith('Input')) delete schemas[name]
      return all
    },
  })
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(page)) route.config = { ...route.config, open: true }
  })
  await app.register(swaggerUi, { routePrefix: page, theme: { title: 'hydra-jobs API' } })
  app.get('/openapi.json', { config: { open: true }, schema: { hide: true } }, async () => app.swagger())
}
