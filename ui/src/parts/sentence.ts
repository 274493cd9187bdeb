import { ApiError, UnreachableError } from '../../../src/client/index.ts'

/** What an error says to a person: the server's own sentence, or that it cannot be reached. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) return error.detail
  if (error instanceof UnreachableError) return 'The server cannot be reached. It is tried again by itself.'
  return error instanceof Error ? error.message : String(error)
}
