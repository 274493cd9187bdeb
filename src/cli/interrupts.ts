import process from 'node:process'

/** npm passes Ctrl-C on to a process that the terminal has told already: both are one. ms */
const samePress = 150

/** So long after the first Ctrl-C a second one counts as such. ms */
const secondWithin = 1500

/** What Ctrl-C does to a command that watches something which goes on without it. */
export interface OnInterrupt {
  /** At the first press: what will happen is said. */
  readonly first: () => void
  /** No second one came. */
  readonly detach: () => void
  readonly second: () => void
  /** Another one after the second: enough. */
  readonly third: () => void
}

/** Tells one Ctrl-C from two, and from more. @returns how to stop watching */
export function watchInterrupts(on: OnInterrupt): () => void {
  let presses = 0
  let lastAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  const press = (): void => {
    const now = performance.now()
    if (now - lastAt < samePress) return
    lastAt = now
    presses += 1
    clearTimeout(timer)
    if (presses === 1) {
      on.first()
      timer = setTimeout(on.detach, secondWithin)
    } else if (presses === 2) on.second()
    else on.third()
  }
  process.on('SIGINT', press)
  return () => {
    clearTimeout(timer)
    process.off('SIGINT', press)
  }
}
