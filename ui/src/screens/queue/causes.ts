import type { QueueDocument } from '../../../../src/client/index.ts'
import { counted, number } from '../../parts/format.ts'

export type Waiting = QueueDocument['pending'][number]

/** Runs of a queue that wait for the same reason. */
export interface Cause {
  readonly queue: string
  readonly reason: string
  readonly count: number
  /** When the oldest of them became due. */
  readonly since: string
}

/** What a run that starts in a moment waits for holds nothing: the server's own words. */
const passing: ReadonlySet<string> = new Set([
  'A worker is free for it: it starts in a moment.',
  'It is being given to a worker.',
])
export const isPassing = ({ reason }: Pick<Waiting, 'reason'>): boolean => passing.has(reason)

/** Why they wait, by queue: what holds most first, then the oldest. Pure. */
export function causesOf(waiting: readonly Waiting[]): readonly Cause[] {
  const causes = new Map<string, Cause>()
  for (const { queue, reason, since } of waiting) {
    const key = JSON.stringify([queue, reason])
    const known = causes.get(key) ?? { queue, reason, count: 0, since }
    causes.set(key, { ...known, count: known.count + 1, ...(since < known.since && { since }) })
  }
  return [...causes.values()].sort((one, other) => other.count - one.count || (one.since < other.since ? -1 : 1))
}

/** Whether the queue stands, and what holds it, in one sentence. Pure. @param total of all that wait, shown or not */
export function standing(causes: readonly Cause[], total: number): { readonly stands: boolean; readonly text: string } {
  if (causes.length === 0) return { stands: false, text: 'Nothing waits: what becomes due starts at once.' }
  const [held] = causes.filter((cause) => !isPassing(cause))
  const waits = `${counted(total, 'run')} ${total === 1 ? 'waits' : 'wait'}`
  if (held === undefined) return { stands: false, text: `${waits}, and all of them start in a moment.` }
  const some = causes.length === 1 ? '' : `, ${number(held.count)} of them (queue ${held.queue})`
  return { stands: true, text: `${waits}${some} because ${lowered(held.reason)}` }
}

/** A sentence after another word; what begins with a name keeps it. */
const lowered = (text: string): string => text.replace(/^(No|None|The|All|It|A)\b/, (word) => word.toLowerCase())
