import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { HydraError } from '../model/errors.ts'
import type { App } from './api.ts'

/** No body is larger than this, and no definition than `definitionLimit`. Bytes. */
export const bodyLimit = 8 * 1024 * 1024
export const definitionLimit = 1024 * 1024

type Parse = (request: FastifyRequest, text: string) => unknown

/**
 * Reads bodies by each route's own rule (see `BodyRule`): fastify's parsers answer 415 to an empty form and 400 to an
 * empty JSON body, where the contract has bodies that do not matter.
 */
export function readBodies(app: App): void {
  const parse = jsonParser(app)
  app.decorateRequest('rawBody', null)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, raw, done) => done(null, raw))
  app.addHook('onRequest', (request, _reply, done) => {
    // A content type that is no media type at all is fastify's 415 before any parser; it matters only where a body does.
    if (request.routeOptions.config.body !== 'json') dropInvalidType(request)
    done()
  })
  app.addHook('preValidation', (request, _reply, done) => {
    const raw = Buffer.isBuffer(request.body) ? request.body : null
    request.rawBody = raw
    request.body = bodyOf(request, raw ?? Buffer.alloc(0), parse)
    done()
  })
}

function dropInvalidType(request: FastifyRequest): void {
  const type = request.raw.headers['content-type']
  if (type !== undefined && !/^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/.test(type)) {
    request.raw.headers['content-type'] = 'application/x-unreadable'
  }
}

function bodyOf(request: FastifyRequest, raw: Buffer, parse: Parse): unknown {
  const rule = request.routeOptions.config.body
  if (rule === undefined) return undefined
  if (rule === 'optional') return objectIn(request, raw, parse)
  if (raw.length === 0) throw new HydraError('MALFORMED', 'The body is empty; a JSON object is expected.')
  const type = request.headers['content-type']
  if (type !== undefined && !isJson(type))
    throw new HydraError('UNSUPPORTED_MEDIA', 'The body must be JSON, sent as application/json.')
  try {
    return parse(request, textOf(raw))
  } catch {
    throw new HydraError('MALFORMED', 'The body is not well-formed JSON.')
  }
}

const isJson = (type: string): boolean =>
  /^\s*(application\/json|application\/[\w.+-]+\+json|text\/json)\s*(;|$)/i.test(type)

/** @throws where it is not UTF-8 */
function textOf(raw: Buffer): string {
  if (!isUtf8(raw)) throw new Error('not UTF-8')
  return raw.toString('utf8')
}

/** The JSON object that a body is; undefined for every other body. */
function objectIn(request: FastifyRequest, raw: Buffer, parse: Parse): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed = raw.length === 0 ? undefined : parse(request, textOf(raw))
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** fastify's own JSON parser: it leaves out `__proto__` and `constructor.prototype`, which are never data. */
function jsonParser(app: App): Parse {
  const parser = app.getDefaultJsonParser('remove', 'remove')
  return (request, text) => {
    let result: { readonly error: Error | null; readonly value: unknown } = { error: null, value: undefined }
    // It calls back before it returns.
    parser(request, text, (error: Error | null, value?: unknown) => {
      result = { error, value }
    })
    if (result.error) throw result.error
    return result.value
  }
}

/** What is still taken of a body that is refused, and for how long: bytes, ms. */
const drainLimit = 64 * 1024 * 1024
const drainPatience = 5000

/**
 * Reads the rest of a refused body and drops it: a client that is still sending would meet a closed socket (EPIPE)
 * before it saw the answer. Bounded: who sends for ever is cut off.
 */
export async function drained(raw: IncomingMessage): Promise<void> {
  if (raw.readableEnded || raw.destroyed) return
  await new Promise<void>((resolve) => {
    let taken = 0
    const done = (): void => {
      clearTimeout(timer)
      raw.off('data', take).off('end', done).off('close', done)
      resolve()
    }
    const take = (chunk: Buffer): void => {
      taken += chunk.length
      if (taken > drainLimit) done()
    }
    const timer = setTimeout(done, drainPatience)
    raw.on('data', take).on('end', done).on('close', done)
    raw.resume()
  })
}

/** The body as an object. @throws MALFORMED for any other JSON */
export function objectBody(request: { readonly body: unknown }): Readonly<Record<string, unknown>> {
  if (!isObject(request.body)) throw new HydraError('MALFORMED', 'The body must be a JSON object.')
  return request.body
}

/** What a run that is asked for is to have of its own, as far as the body says so; undefined where it does not. */
export const changesIn = ({ body }: { readonly body: unknown }): unknown => (isObject(body) ? body.changes : undefined)
