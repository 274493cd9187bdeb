import { isRefusal } from '../../model/errors.ts'
import type { Millis } from '../../model/time.ts'

/**
 * Asks one after another: the next when one failed, or has not answered for so long. The first answer counts, and so does a
 * refusal. @throws the refusal, or what the last that failed threw
 */
export function firstAnswer<T>(asks: readonly (() => Promise<T>)[], patience: Millis): Promise<T> {
  return new Promise((resolve, reject) => {
    let [next, open, isOver] = [0, 0, false]
    let timer: NodeJS.Timeout | undefined
    const end = (told: () => void): void => {
      isOver = true
      clearTimeout(timer)
      told()
    }
    const failed = (error: unknown): void => {
      open -= 1
      if (isOver) return
      if (!isRefusal(error)) begin()
      if (isRefusal(error) || open === 0) end(() => reject(error))
    }
    const begin = (): void => {
      clearTimeout(timer)
      const ask = asks[next]
      if (!ask) return
      next += 1
      open += 1
      timer = setTimeout(begin, patience)
      ask().then((answer) => end(() => resolve(answer)), failed)
    }
    begin()
  })
}
