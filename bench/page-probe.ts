import type { Page } from 'playwright-core'

/**
 * Put into each document before its own programs: `bench.seen` waits for what is looked for, `bench.after` for what follows the
 * newest input. Both look once a frame and answer the time of the frame after, when it has surely been painted. ms
 */
export const probe = `globalThis.bench = (() => {
  const frame = () => new Promise(requestAnimationFrame)
  const shows = (look) => { try { return Boolean(look()) } catch { return false } }
  let input = null
  const note = (event) => {
    if (!event.isTrusted) return
    input = { at: event.timeStamp, painted: null }
    const mine = input
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => { mine.painted = performance.now() - mine.at }
      port2.postMessage(null)
    })
  }
  for (const kind of ['click', 'keydown', 'input', 'change']) addEventListener(kind, note, true)
  const text = (selector) => document.querySelector(selector)?.textContent ?? ''
  const patience = 30_000
  const until = async (is, what) => {
    const begin = performance.now()
    while (!is()) {
      if (performance.now() - begin > patience) throw new Error('never seen: ' + what)
      await frame()
    }
  }
  const seen = async (look) => {
    await until(() => shows(look), look)
    await frame()
    return performance.now()
  }
  let ended = null
  // Two calls: what is typed may come before what is asked of the document at the same time.
  const begin = (look) => {
    input = null
    ended = following(look)
    ended.catch(() => {})
  }
  const following = async (look) => {
    await until(() => input !== null && shows(look), look)
    await frame()
    await until(() => input.painted !== null, 'the next frame')
    return { data: performance.now() - input.at, frame: input.painted }
  }
  const frames = async (ms, each) => {
    const times = []
    const begin = performance.now()
    let last = begin
    let rows = 0
    while (last - begin < ms) {
      each()
      await frame()
      const now = performance.now()
      times.push(now - last)
      last = now
      rows = Math.max(rows, document.querySelectorAll('[data-index], article').length)
    }
    return { fps: times.length / ((last - begin) / 1000), longest: Math.max(...times), rows }
  }
  return { text, seen, begin, ended: () => ended, frames }
})()`

/** How long after its address was asked for the document shows what `look` finds, ms. @param look an expression */
export const seen = (page: Page, look: string): Promise<number> => page.evaluate(`bench.seen(() => ${look})`)

/** What an act shows: its next frame, and what `look` finds, in ms after the input. */
export async function after(
  page: Page,
  act: () => Promise<unknown>,
  look: string,
): Promise<{ readonly data: number; readonly frame: number }> {
  await page.evaluate(`bench.begin(() => ${look})`)
  await act()
  return page.evaluate<{ readonly data: number; readonly frame: number }>('bench.ended()')
}

/** Frames a second while `each` is done before each, the longest of them in ms, and the most rows or cards in the document. */
export const frames = (
  page: Page,
  ms: number,
  each: string,
): Promise<{ readonly fps: number; readonly longest: number; readonly rows: number }> =>
  page.evaluate(`bench.frames(${ms}, () => { ${each} })`)

/** Scrolls what is under a selector by so many pixels, back from its end. */
export const scrolling = (selector: string, by = 60): string =>
  `const at = document.querySelector('${selector}'); globalThis.way ??= ${by};
   if (at.scrollTop + at.clientHeight >= at.scrollHeight - 2) globalThis.way = ${-Math.abs(by)};
   if (at.scrollTop <= 0) globalThis.way = ${Math.abs(by)};
   at.scrollTop += globalThis.way`
