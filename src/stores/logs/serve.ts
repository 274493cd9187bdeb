import type { MessagePort } from 'node:worker_threads'
import { HydraError } from '../../model/errors.ts'
import type { LogChunks } from '../../ports/log-store.ts'
import { readBytes } from './bytes.ts'
import { readLines } from './lines.ts'
import type { Answer, Question } from './messages.ts'
import { search } from './search.ts'

/** The thread's side: answers one question after another from its own chunks. */
export function serveReads(chunks: LogChunks, port: MessagePort): void {
  port.on('message', (question: Question) => {
    answerOf(chunks, question)
      .catch(failed)
      .then((answer) => port.postMessage(answer, answer.kind === 'bytes' ? [answer.bytes.buffer] : []))
  })
}

async function answerOf(chunks: LogChunks, asked: Question): Promise<Answer> {
  const { kind, log } = asked
  if (kind === 'lines') return { kind, lines: await readLines(chunks, log, asked.from, asked.count) }
  if (kind === 'bytes') return { kind, bytes: await readBytes(chunks, log, asked.stream, asked.from, asked.to) }
  return { kind, slice: await search(chunks, log, asked.query, asked.from, asked.most) }
}

function failed(error: unknown): Answer {
  const fault = error instanceof HydraError ? (error.faults[0]?.message ?? null) : null
  return { kind: 'failed', fault, message: error instanceof Error ? error.message : String(error) }
}
