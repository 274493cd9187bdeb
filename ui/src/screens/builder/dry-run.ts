import { brokenRule, type Completion, type LogLinesDocument, sightingsOf } from '../../../../src/client/index.ts'
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

type LogLine = LogLinesDocument['lines'][number]

/** What a run left behind; a stream is only asked for where a rule looks into it. */
export interface Past {
  readonly returncode: number
  readonly open: (stream: 'stdout' | 'stderr') => Promise<ReadableStream<Uint8Array>>
  /** Of its log, where it has one. */
  readonly lastLine: () => Promise<Pick<LogLine, 'stream' | 'text'> | undefined>
}

/** What the rules would have said. */
export interface Judgement {
  /** The first rule that the run would have broken, in words; null: it would have succeeded. */
  readonly broken: string | null
  /** Bytes of its output that were not kept, so that a rule could not look into them. */
  readonly unseen: number
}

/** Judges a past run by what was kept of it. */
export async function judge(rules: Completion, { returncode, open, lastLine }: Past): Promise<Judgement> {
  const look = async (stream: 'stdout' | 'stderr', needles: readonly string[]): Promise<readonly boolean[]> =>
    needles.length === 0 ? [] : seenIn(await open(stream), needles)
  const stdout = await look('stdout', [...rules.stdout_contains, ...rules.stdout_not_contains])
  const stderr = await look('stderr', [...rules.stderr_contains, ...rules.stderr_not_contains])
  const broken = brokenRule(rules, returncode, sightingsOf(rules, stdout, stderr))
  const hasLooked = stdout.length + stderr.length > 0
  return { broken, unseen: hasLooked ? droppedIn(await lastLine()) : 0 }
}

/** How much of an attempt's output its log says to have dropped, on its last line (docs/logs.md); bytes. Pure. */
export function droppedIn(line: Pick<LogLine, 'stream' | 'text'> | undefined): number {
  if (line?.stream !== 'stderr') return 0
  const [, bytes = '0'] = /^\[hydra\] (\d{1,15}) bytes of output were dropped: /.exec(line.text) ?? []
  return Number(bytes)
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
