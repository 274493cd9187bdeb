import type { Log } from '../runtime/log.ts'
import { watchSignals } from '../runtime/signals.ts'

/** A process that was told to end at once does so after this, whatever still holds it. ms */
const atOnceAtMost = 3000

/** What the process is told from outside. */
export interface Wish {
  /** Resolves when it is to stop. */
  readonly toStop: Promise<void>
  /** Calls when it is to end at once: at a second signal, also one that came before. */
  onHurry(act: () => void): void
  forget(): void
}

/** Watches for signals; to be called before anything is begun that they are to end. */
export function watchWish(config: { readonly startedByNpm: boolean; readonly drainSeconds: number }, log: Log): Wish {
  const { promise: toStop, resolve } = Promise.withResolvers<void>()
  let hurried = false
  let hurry = (): void => {}
  const forget = watchSignals({
    startedByNpm: config.startedByNpm,
    onStop: (why) => {
      log.info(`stopping on ${why}: what runs has ${config.drainSeconds} s to end`)
      resolve()
    },
    onStopNow: () => {
      log.warn('ending at once')
      hurried = true
      // Whatever still holds it then: what runs is ended by its supervisor, and the next start finds the rest.
      setTimeout(() => process.exit(1), atOnceAtMost).unref()
      hurry()
    },
  })
  const onHurry = (act: () => void): void => {
    hurry = act
    if (hurried) act()
  }
  return { toStop, onHurry, forget }
}
