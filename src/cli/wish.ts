import type { Log } from '../runtime/log.ts'
import { watchSignals } from '../runtime/signals.ts'

/** A process that was told to end at once does so after this, whatever still holds it. ms */
const atOnceAtMost = 3000
/** What is to be put away after the drain (connections, files, answers under way) has this long. ms */
const puttingAway = 30_000

/** What the process is told from outside. */
export interface Wish {
  /** Resolves when it is to stop. */
  readonly toStop: Promise<void>
  /** Aborted then. */
  readonly stopping: AbortSignal
  /** Calls when it is to end at once: at a second signal, also one that came before. */
  onHurry(act: () => void): void
  forget(): void
}

/**
 * Watches for signals; to be called before anything is begun that they are to end. Whatever hangs then, the process ends: by
 * itself `atLast` ms after the drain's time, so that who restarts it need not kill it.
 */
export function watchWish(
  config: { readonly startedByNpm: boolean; readonly drainSeconds: number },
  log: Log,
  atLast = puttingAway,
): Wish {
  const { promise: toStop, resolve } = Promise.withResolvers<void>()
  const stopping = new AbortController()
  let hurried = false
  let hurry = (): void => {}
  const forget = watchSignals({
    startedByNpm: config.startedByNpm,
    onStop: (why) => {
      log.info(`stopping on ${why}: what runs has ${config.drainSeconds} s to end`)
      const end = (): void => {
        log.error('something did not end in time: ending without it; the next start finds what is left')
        process.exit(1)
      }
      setTimeout(end, config.drainSeconds * 1000 + atLast).unref()
      stopping.abort()
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
  return { toStop, stopping: stopping.signal, onHurry, forget }
}
