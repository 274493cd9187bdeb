import { setTimeout as wait } from 'node:timers/promises'
import type { Millis } from '../model/time.ts'
import type { Log } from '../runtime/log.ts'
import { reason } from './data-folder.ts'

const first: Millis = 500
const longest: Millis = 5000

/** Opens something of the fleet's; while it cannot be and `waits`, again and again. @throws what the first try threw, else */
export async function untilThere<T>(open: () => Promise<T>, waits: boolean, log: Log): Promise<T> {
  for (let pause = first; ; pause = Math.min(longest, pause * 2)) {
    try {
      return await open()
    } catch (error) {
      if (!waits) throw error
      log.warn('it is not there yet; trying again', { why: reason(error) })
    }
    await wait(pause)
  }
}
