import { brokenRule, type Completion, sightingsOf } from '../../../../src/client/index.ts'
import { type Draft, listAt } from './draft.ts'

/** The rules of a draft, with the defaults of what is not given. Pure. */
export function rulesIn(draft: Draft): Completion {
  const codes = listAt(draft, 'completion.exit_codes').map(Number).filter(Number.isInteger)
  return {
    exit_codes: codes.length === 0 ? [0] : codes,
    stdout_contains: [...listAt(draft, 'completion.stdout_contains')],
    stdout_not_contains: [...listAt(draft, 'completion.stdout_not_contains')],
    stderr_contains: [...listAt(draft, 'completion.stderr_contains')],
    stderr_not_contains: [...listAt(draft, 'completion.stderr_not_contains')],
  }
}

/** What a run left behind; a stream is only asked for where a rule looks into it. */
export interface Past {
  readonly returncode: number
  readonly open: (stream: 'stdout' | 'stderr') => Promise<ReadableStream<Uint8Array>>
}

/** The first rule that a past run would have broken, in words; null: it would have succeeded. */
export async function judge(rules: Completion, { returncode, open }: Past): Promise<string | null> {
  const look = async (stream: 'stdout' | 'stderr', needles: readonly string[]): Promise<readonly boolean[]> =>
    needles.length === 0 ? [] : seenIn(await open(stream), needles)
  const stdout = await look('stdout', [...rules.stdout_contains, ...rules.stdout_not_contains])
  const stderr = await look('stderr', [...rules.stderr_contains, ...rules.stderr_not_contains])
  return brokenRule(rules, returncode, sightingsOf(rules, stdout, stderr))
}

/** Which texts stand in a stream, however they are torn over its pieces; it is not held. */
export async function seenIn(
  stream: ReadableStream<Uint8Array>,
  needles: readonly string[],
): Promise<readonly boolean[]> {
  const seen = needles.map((needle) => needle === '')
  const keep = Math.max(0, ...needles.map(({ length }) => length - 1))
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let carry = ''
  while (!seen.every(Boolean)) {
    const { done, value } = await reader.read()
    const text = carry + decoder.decode(value, { stream: !done })
    for (const [at, needle] of needles.entries()) seen[at] ||= text.includes(needle)
    if (done) return seen
    carry = keep === 0 ? '' : text.slice(-keep)
  }
  await reader.cancel()
  return seen
}
