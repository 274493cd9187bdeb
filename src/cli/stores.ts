import { setTimeout as wait } from 'node:timers/promises'
import type { Millis } from '../model/time.ts'
import type { Log } from '../runtime/log.ts'
import { reason } from './data-folder.ts'

const first: Millis = 500
const longest: Millis = 5000

/**
 * Opens something of the fleet's; while it cannot be, again and again until `patience` ends; null: once.
 * @throws what the last try threw
 */
export async function untilThere<T>(open: () => Promise<T>, patience: AbortSignal | null, log: Log): Promise<T> {
  for (let pause = first; ; pause = Math.min(longest, pause * 2)) {
    try {
      return await open()
    } catch (error) {
      if (patience === null || patience.aborted) throw error
      log.warn('it is not there yet; trying again', { why: reason(error) })
      await wait(pause, undefined, { signal: patience }).catch(() => {
        throw error
      })
    }
  }
}

/** What is opened; null where the process is to stop sooner: then it is closed as soon as it is open. */
export async function openedBefore<T extends { close(): unknown }>(
  toStop: Promise<void>,
  opening: Promise<T>,
): Promise<T | null> {
  const opened = await Promise.race([opening, toStop.then(() => null)])
  if (opened === null) opening.then((late) => late.close()).catch(() => {})
  return opened
}
