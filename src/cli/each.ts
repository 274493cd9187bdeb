import { ApiError } from '../client/index.ts'
import { codeOfError, exitCodes } from './exit-codes.ts'
import type { Output } from './output.ts'

/**
 * Does something to each of several things; a refusal of one is said and does not keep the others from theirs.
 * @param adviceOf what one can do about a refusal; nothing: it says that by itself
 * @returns the answers, and the exit code of the first refusal
 */
export async function eachDone<T, Answer>(
  out: Output,
  things: readonly T[],
  nameOf: (thing: T) => string,
  act: (thing: T) => Promise<Answer>,
  adviceOf: (thing: T, error: ApiError) => string = () => '',
): Promise<{ readonly done: readonly Answer[]; readonly code: number }> {
  const done: Answer[] = []
  let code: number = exitCodes.ok
  for (const thing of things) {
    try {
      done.push(await act(thing))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      out.say([`${nameOf(thing)}: ${error.detail}`, adviceOf(thing, error)].filter(Boolean).join(' '))
      code ||= codeOfError(error)
    }
  }
  return { done, code }
}
