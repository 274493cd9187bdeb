import { z } from 'zod'
import { leftOut } from './cron.ts'
import { wholeOr } from './fields.ts'
import { nextTick, Schedule } from './schedule.ts'
import type { Millis } from './time.ts'
import { localText, offsetAt, type Shift, shiftsBetween, shiftWithin } from './zone.ts'

/** No preview is longer. */
export const longestPreview = 1000

/** The body of `POST /schedules/preview`. */
export const PreviewRequest = z.object(
  { schedule: Schedule, count: wholeOr(1, longestPreview, 10) },
  { error: 'must be a JSON object' },
)

export interface PreviewTick {
  readonly at: Millis
  /** By the schedule's own zone, with its offset. */
  readonly local: string
  /** What daylight saving does to it, in one sentence; null where nothing. */
  readonly note: string | null
}

/** A thousand leap days are four thousand years, and each year of a zone must be asked for: nobody looks that far ahead. */
const farthest: Millis = 100 * 366 * 86_400_000

/** The next ticks of a schedule, of a hundred years at most, as if a job were made with it now. Pure. */
export function preview(schedule: Schedule, count: number, now: Millis): readonly PreviewTick[] {
  const ticks: PreviewTick[] = []
  if (schedule.mode === 'immediate')
    return schedule.enabled ? [{ at: now, local: localText(schedule.timezone, now), note: null }] : []
  let [before, at] = [now, nextTick(schedule, now, now - 1)]
  while (at !== null && at <= now + farthest && ticks.length < count) {
    const note = noteOf(schedule, at) ?? noteOfDayBefore(schedule, before, at)
    ticks.push({ at, local: localText(schedule.timezone, at), note })
    before = at
    at = nextTick(schedule, now, at)
  }
  return ticks
}

const day = 86_400_000

function noteOf({ mode, cron, timezone }: Schedule, at: Millis): string | null {
  const begin = Math.floor((at + offsetAt(timezone, at)) / day) * day - offsetAt(timezone, at)
  const shift = shiftWithin(timezone, begin - 1, begin + day)
  if (shift === null) return null
  const { at: moment, before, after } = shift
  const [from, to] = [clock(moment + before), clock(moment + after)]
  if (after > before) {
    // A jump at midnight is the next day's.
    if (moment === begin + day) return null
    const put =
      at === moment && mode === 'cron' && cron !== null && leftOut(cron, shift) === 'put_off'
        ? ': a time in between runs now'
        : ''
    return `the clock goes forward from ${from} to ${to} on this day${put}`
  }
  const shown = at + offsetAt(timezone, at)
  const again = shown >= moment + after && shown < moment + before
  const which = again ? `: ${clock(shown)} comes twice, this is the ${at < moment ? 'first' : 'second'}` : ''
  return `the clock goes back from ${from} to ${to} on this day${which}`
}

/** Tells of a day between two ticks that has none only because its times are left out. */
function noteOfDayBefore(schedule: Schedule, from: Millis, at: Millis): string | null {
  const { mode, cron, timezone } = schedule
  if (mode !== 'cron' || cron === null) return null
  for (const shift of shiftsBetween(timezone, from, at)) {
    if (leftOut(cron, shift) !== 'lost' || nextTick(schedule, from, beginOfDay(shift) - 1) !== at) continue
    const moment = shift.at
    const date = localText(timezone, moment).slice(0, 10)
    if (date === localText(timezone, at).slice(0, 10)) continue
    const [left, reached] = [clock(moment + shift.before), clock(moment + shift.after)]
    return `${date} has none: its clock goes forward from ${left} to ${reached}`
  }
  return null
}

/** The midnight before the clock shifts. */
const beginOfDay = ({ at, before }: Shift): Millis => Math.floor((at + before) / day) * day - before

const clock = (shown: Millis): string => new Date(shown).toISOString().slice(11, 16)
