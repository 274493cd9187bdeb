import os from 'node:os'
import type { MessagePort } from 'node:worker_threads'
import { HydraError } from '../../model/errors.ts'
import type { LogChunks } from '../../ports/log-store.ts'
import { readBytes } from './bytes.ts'
import { readLines } from './lines.ts'
import type { Answer, Question } from './messages.ts'
import { search, searchNext } from './search.ts'

/** How much nicer than who serves. */
const nicer = 10

/**
 * The thread's side: answers one question after another from its own chunks.
 * @param open called at the first question, and again after it failed
 */
export function serveReads(open: () => Promise<LogChunks>, port: MessagePort): void {
  // On Linux a thread has a priority of its own (elsewhere this would be the whole process's): who serves comes first.
  if (process.platform === 'linux') os.setPriority(0, Math.min(os.getPriority(0) + nicer, 19))
  let opened: Promise<LogChunks> | null = null
  const chunks = (): Promise<LogChunks> => {
    opened ??= open().catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
  port.on('message', (question: Question) => {
    chunks()
      .then((them) => answerOf(them, question))
      .catch(failed)
      .then((answer) => port.postMessage(answer, answer.kind === 'bytes' ? [answer.bytes.buffer] : []))
  })
}

async function answerOf(chunks: LogChunks, asked: Question): Promise<Answer> {
  switch (asked.kind) {
    case 'lines':
      return { kind: 'lines', lines: await readLines(chunks, asked.log, asked.from, asked.count) }
    case 'search':
      return { kind: 'search', slice: await search(chunks, asked.log, asked.query, asked.from, asked.most) }
    case 'searchNext':
      return {
        kind: 'searchNext',
        searched: await searchNext(chunks, asked.runs, asked.below, asked.query, asked.most),
      }
    case 'bytes':
      return { kind: 'bytes', bytes: await readBytes(chunks, asked.log, asked.stream, asked.from, asked.to) }
  }
}

function failed(error: unknown): Answer {
  const fault = error instanceof HydraError ? (error.faults[0]?.message ?? null) : null
  const isAway = error instanceof HydraError && error.code === 'UNAVAILABLE'
  return { kind: 'failed', fault, isAway, message: error instanceof Error ? error.message : String(error) }
}
