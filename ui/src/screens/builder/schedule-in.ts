import type { ScheduleInput } from '../../../../src/client/index.ts'
import { isObject, textAt, valueAt } from './draft.ts'

const modes = ['immediate', 'interval', 'cron'] as const

/** The part of a schedule that its next times depend on; null where there is none that repeats. */
export function scheduleIn(schedule: unknown): ScheduleInput | null {
  if (!isObject(schedule)) return null
  const mode = modes.find((one) => one === schedule.mode)
  if (mode === undefined || mode === 'immediate' || schedule.enabled === false) return null
  const interval = valueAt(schedule, 'interval_seconds')
  return {
    mode,
    timezone: textAt(schedule, 'timezone') || 'UTC',
    start_at: textAt(schedule, 'start_at') || null,
    end_at: textAt(schedule, 'end_at') || null,
    ...(mode === 'cron' ? { cron: textAt(schedule, 'cron') } : { interval_seconds: Number(interval) }),
  }
}
