import type { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'
import type { LogChunk } from '../model/log.ts'
import { isFinal, type Run } from '../model/run.ts'
import { unixSeconds } from '../model/time.ts'
import type { LogCaughtUpDocument, LogChunkDocument, LogEndDocument } from '../model/wire/stream.ts'
import type { LogCursor, Logs } from '../scheduler/logs.ts'
import type { Api, App } from './api.ts'
import { callerOf, isStillValid } from './auth.ts'
import type { Caller } from './caller.ts'
import { flag, idParam } from './params.ts'
import { frame, type Source } from './sse.ts'
import { lastEventId } from './stream-events.ts'

/** The id of the last event: who has seen it has seen all. */
const endId = 'end'

const streamQuery = z.object({
  follow: flag
    .optional()
    .describe(
      'false: what there is so far, then `end` where the run is over, else `caught_up`; what comes later follows its id.',
    ),
})

const schema = {
  tags: ['runs'],
  summary: "A run's output: what there is so far, then live, then its end",
  params: idParam,
  querystring: streamQuery,
}

export function logStreamRoutes(app: App, api: Api): void {
  const options = { config: { sse: true }, exposeHeadRoute: false, schema }
  app.get('/runs/:id/stream', options, async (request, reply) => {
    const caller = callerOf(request)
    const { run } = await api.plane.runs.get(caller.scope, request.params.id)
    const seen = lastEventId(request)
    // A browser's EventSource comes back for ever unless it is told that there is no more.
    if (seen === endId && isFinal(run)) return reply.code(204).send()
    const source = new LogSource(api, caller, run, readId(seen), request.query.follow ?? true)
    api.streams.start(reply, caller.scope.domain, source)
    return reply
  })
}

const writeId = ({ attempt, seq }: LogCursor): string => `${attempt}-${seq}`

function readId(id: string | null): LogCursor {
  const parts = /^(\d{1,9})-(\d{1,15})$/.exec(id ?? '')
  return { attempt: Number(parts?.[1] ?? 0), seq: Number(parts?.[2] ?? 0) }
}

/** A run's chunks after those that were seen, as text, and its end. */
class LogSource implements Source {
  readonly #api: Api
  readonly #caller: Caller
  #texts: ChunkTexts
  readonly #follows: boolean
  #run: Run
  #cursor: LogCursor

  constructor(api: Api, caller: Caller, run: Run, seen: LogCursor, follows: boolean) {
    this.#api = api
    this.#caller = caller
    this.#follows = follows
    this.#run = run
    this.#cursor = seen
    this.#texts = new ChunkTexts(api.plane.logs)
  }

  isAllowed(): Promise<boolean> {
    return isStillValid(this.#api, this.#caller)
  }

  async pull(): ReturnType<Source['pull']> {
    try {
      return await this.#page()
    } catch (error) {
      // The next pull begins at the same chunk: what was decoded and not sent is decoded anew.
      this.#texts = new ChunkTexts(this.#api.plane.logs)
      throw error
    }
  }

  async #page(): ReturnType<Source['pull']> {
    const { plane } = this.#api
    // The state is read before the chunks: a run is final only after its last chunk was stored.
    if (!isFinal(this.#run)) this.#run = (await plane.runs.get(this.#caller.scope, this.#run._id)).run
    const chunks = await plane.logs.page(this.#run._id, this.#cursor)
    const frames: string[] = []
    for (const chunk of chunks)
      frames.push(frame('log_chunk', writeId(chunk), this.#shown(chunk, await this.#texts.of(chunk))))
    this.#cursor = chunks.at(-1) ?? this.#cursor
    if (chunks.length > 0) return { frames, next: 'more' }
    if (!isFinal(this.#run))
      return this.#follows ? { frames, next: 'wait' } : { frames: [this.#caughtUp()], next: 'end' }
    for (const { last, text } of this.#texts.rest())
      frames.push(frame('log_chunk', writeId(this.#cursor), { ...this.#shown(last, text), cont: true }))
    const { _id: run_id, status, returncode } = this.#run
    const end: LogEndDocument = { run_id, status, returncode }
    return { frames: [...frames, frame('end', endId, end)], next: 'end' }
  }

  watch(wake: () => void): () => void {
    const { hub, tokens } = this.#api.plane
    const stops = [hub.watchRun(this.#run.domain, this.#run._id, wake), tokens.onChange(wake)]
    return () => {
      for (const stop of stops) stop()
    }
  }

  #caughtUp(): string {
    const { _id: run_id, status } = this.#run
    const caughtUp: LogCaughtUpDocument = { run_id, status }
    return frame('caught_up', writeId(this.#cursor), caughtUp)
  }

  #shown({ attempt, ts, stream, seq, line, cont }: LogChunk, text: string): LogChunkDocument {
    const { _id: run_id, job_id, domain, attempts, worker_id } = this.#run
    const worker = attempts.find((one) => one.attempt === attempt)?.worker_id ?? worker_id
    return { run_id, job_id, worker_id: worker, domain, ts: unixSeconds(ts), stream, text, attempt, seq, line, cont }
  }
}

/** Turns chunks, which may be cut inside a character, into text: the pieces of a character wait for its last one. */
class ChunkTexts {
  readonly #logs: Logs
  readonly #decoders = new Map<string, { readonly decoder: StringDecoder; last: LogChunk }>()

  constructor(logs: Logs) {
    this.#logs = logs
  }

  async of(chunk: LogChunk): Promise<string> {
    const key = `${chunk.attempt}:${chunk.stream}`
    const known = this.#decoders.get(key) ?? { decoder: await this.#logs.decoderFor(chunk), last: chunk }
    known.last = chunk
    this.#decoders.set(key, known)
    return known.decoder.write(Buffer.from(chunk.bytes))
  }

  /** What was begun and never completed: output that was no text, or was cut off. */
  rest(): readonly { readonly last: LogChunk; readonly text: string }[] {
    return [...this.#decoders.values()].flatMap(({ decoder, last }) => {
      const text = decoder.end()
      return text === '' ? [] : [{ last, text }]
    })
  }
}
