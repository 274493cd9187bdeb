import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { exitCodes } from './exit-codes.ts'
import { Refusal } from './refusal.ts'

/** Above this many things at once one types their number. */
const many = 100

/**
 * Asks before something is destroyed; without a terminal nothing is asked and nothing done.
 * @param what the act as it would be ordered: `Cancel 3 runs of nightly`
 * @throws Refusal where it is not wanted, or nobody can be asked
 */
export async function confirm(
  what: string,
  { yes = false, count = 1 }: { readonly yes?: boolean | undefined; readonly count?: number },
): Promise<void> {
  if (yes) return
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true)
    throw new Refusal(`${what}? Nobody can be asked here: add --yes to do it, or --dry-run to look.`, exitCodes.usage)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C and Ctrl-D are answers too.
  const ended = new Promise<string>((resolve) => lines.on('close', () => resolve('')))
  const question = count > many ? `${what}? Type ${count} to do it: ` : `${what}? [y/N] `
  const answer = await Promise.race([lines.question(question), ended])
  lines.close()
  const isMeant = count > many ? answer.trim() === String(count) : /^y(es)?$/i.test(answer.trim())
  if (!isMeant) throw new Refusal('Nothing was done.', exitCodes.interrupted)
}
