import type { RunWithAttempts } from '../../../../src/client/index.ts'
import type { Tone } from '../../parts/Status.tsx'

/** A part of a run's way from due to done. */
export interface Span {
  readonly name: string
  /** ms since the epoch. */
  readonly from: number
  readonly to: number
  readonly tone: Tone
}

const tones: Readonly<Record<string, Tone>> = {
  success: 'good',
  failed: 'bad',
  timed_out: 'bad',
  cancelled: 'idle',
  lost: 'warn',
  interrupted: 'warn',
  not_spawned: 'bad',
}

/** What a run's time went into, in order: waiting, and each attempt. Never below zero, whatever the clocks said. Pure. */
export function spansOf(
  run: Pick<RunWithAttempts, 'scheduled_ts' | 'end_ts' | 'attempts'>,
  now: number,
): readonly Span[] {
  const spans: Span[] = []
  let at = Date.parse(run.scheduled_ts)
  const wait = (until: number, name: string): void => {
    if (until > at) spans.push({ name, from: at, to: until, tone: 'idle' })
    at = Math.max(at, until)
  }
  for (const { attempt, start_ts, end_ts, outcome } of run.attempts) {
    if (start_ts === null) continue
    wait(Date.parse(start_ts), attempt === 1 ? 'Queued' : 'Between attempts')
    const to = Math.max(at, end_ts === null ? now : Date.parse(end_ts))
    const name = run.attempts.length === 1 ? 'Ran' : `Attempt ${attempt}`
    spans.push({ name, from: at, to, tone: outcome === null ? 'live' : (tones[outcome] ?? 'idle') })
    at = to
  }
  const isOpen = run.attempts.at(-1)?.end_ts !== null && run.attempts.length > 0
  if (run.end_ts === null && (isOpen || run.attempts.length === 0)) wait(now, 'Waiting')
  return spans
}
