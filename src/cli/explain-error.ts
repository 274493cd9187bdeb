import process from 'node:process'
import { ApiError, UnreachableError } from '../client/index.ts'
import { codeOfError } from './exit-codes.ts'
import { Refusal } from './refusal.ts'
import { printable } from './text.ts'

/** What one can do about a refusal, by its code; what is not here says it by itself. */
const advice: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'Set API_TOKEN to a token, or name a file that holds one with --token-file.',
  FORBIDDEN: 'Use a token that may do this: API_TOKEN or --token-file.',
  HOST_NOT_ALLOWED: 'Use its address as the server knows it, or list the name in its ALLOWED_HOSTS.',
  NOT_FOUND: 'Look at how it is called, and at the domain of the token.',
  PRECONDITION_FAILED: 'Look at it again: it has changed meanwhile.',
  TOO_MANY: 'Try again in a moment, with the right token.',
  UNAVAILABLE: 'Try again in a moment; the server log says more.',
  INTERNAL: 'The server log says more.',
}

/** Says on standard error what went wrong and what to do about it. @returns the exit code @throws what nobody expected */
export function explain(error: unknown): number {
  if (error instanceof Refusal) return say(error.message, error.exitCode)
  if (error instanceof UnreachableError)
    return say(
      `${error.message}. Is it running? \`hydra up\` starts one here; --server or API_BASE names another.`,
      codeOfError(error),
    )
  if (!(error instanceof ApiError)) throw error
  const faults =
    error.faults.length > 3 ? error.faults.map(({ path, message }) => `\n  ${path}: ${message}`).join('') : ''
  return say([error.detail + faults, advice[error.code]].filter(Boolean).join(' '), codeOfError(error))
}

function say(sentence: string, code: number): number {
  // Of several lines each is made harmless by itself.
  process.stderr.write(`hydra: ${sentence.split('\n').map(printable).join('\n')}\n`)
  return code
}
