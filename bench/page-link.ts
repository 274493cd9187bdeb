import { connect, createServer, type Socket } from 'node:net'
import type { Browser } from 'playwright-core'
import { seen } from './page-probe.ts'
import { openProbed, portOf, tell } from './page-tab.ts'
import { call, makeJob } from './runs.ts'

/** What stands between a browser and the server, and can be cut. */
interface Line {
  readonly origin: string
  /** Ends every connection, and refuses new ones. */
  readonly cut: () => void
  /** Says nothing any more, and takes nothing: as a cable that is pulled. */
  readonly freeze: () => void
  readonly heal: () => void
  readonly end: () => void
}

async function openLine(port: number): Promise<Line> {
  let state: 'well' | 'cut' | 'frozen' = 'well'
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    const end = (): void => {
      near.destroy()
      far.destroy()
      pairs.delete(pair)
    }
    for (const socket of pair) socket.on('error', end).on('close', end)
    near.on('data', (data) => far.write(data))
    far.on('data', (data) => near.write(data))
    if (state === 'frozen') for (const socket of pair) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endAll = (): void => {
    for (const [near] of pairs) near.destroy()
  }
  return {
    origin: `http://127.0.0.1:${portOf(server.address())}`,
    cut: () => {
      state = 'cut'
      endAll()
    },
    freeze: () => {
      state = 'frozen'
      for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    heal: () => {
      // What a pulled cable swallowed does not come back: its connections are at their end.
      if (state === 'frozen') endAll()
      state = 'well'
    },
    end: () => {
      endAll()
      server.close()
    },
  }
}

const isLost = `/^Reconnecting, as of/.test(bench.text('[aria-label=Connection]'))`
const isLive = `bench.text('[aria-label=Connection]') === 'Live'`

/** How soon a page says that it is cut off, both ways, and is live again; and how fresh a tab is that was hidden. */
export async function links(browser: Browser, port: number, tries: number): Promise<void> {
  const line = await openLine(port)
  const { page, context } = await openProbed(browser, line.origin, 'runs')
  const moment = (look: string): Promise<number> => page.evaluate(`bench.seen(() => ${look}).then(() => Date.now())`)
  const times = { cut: [] as number[], freeze: [] as number[], back: [] as number[] }
  await moment(isLive)
  for (const how of ['cut', 'freeze'] as const)
    for (let at = 0; at < tries; at += 1) {
      // At another moment between two of its own looks each time.
      await new Promise((resolve) => setTimeout(resolve, 500 + ((at * 1700) % 4000)))
      const lost = moment(isLost)
      const from = Date.now()
      line[how]()
      times[how].push((await lost) - from)
      const live = moment(isLive)
      const healed = Date.now()
      line.heal()
      times.back.push((await live) - healed)
    }
  tell('a connection is cut, to "reconnecting, as of"', times.cut, 5000)
  tell('the line falls silent, to "reconnecting, as of"', times.freeze, 5000)
  tell('the line is back, to "live"', times.back, 6000)
  await context.close()
  await hidden(browser, line.origin, port, tries)
  line.end()
}

/** Headless, no tab is ever hidden: the document is told that it is, which is all that the page itself looks at. */
const hide = (isHidden: boolean): string => `(() => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} })
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${isHidden ? 'hidden' : 'visible'}' })
  document.dispatchEvent(new Event('visibilitychange'))
})()`

async function hidden(browser: Browser, origin: string, port: number, tries: number): Promise<void> {
  const { page, context } = await openProbed(browser, origin, 'runs')
  await page.getByText('Live', { exact: true }).waitFor()
  const times: number[] = []
  for (let at = 0; at < tries; at += 1) {
    const job = await makeJob(port, { type: 'shell', script: 'sleep 1' })
    const run = String((await call(port, 'POST', `/jobs/${job}/run`)).run_id)
    await page.getByRole('button', { name: '1 new run' }).click()
    await page.locator(`[data-row-link][title="${run}"]`).waitFor()
    await page.evaluate(hide(true))
    while ((await call(port, 'GET', `/runs/${run}`)).end_ts === null)
      await new Promise((resolve) => setTimeout(resolve, 100))
    await new Promise((resolve) => setTimeout(resolve, 2000))
    const row = `document.querySelector('[data-row-link][title="${run}"]').closest('[role=row]').textContent`
    if ((await page.evaluate<string>(row)).includes('Success')) console.log('  (it did not rest while it was hidden)')
    const from = await page.evaluate<number>(`(${hide(false)}, performance.now())`)
    times.push((await seen(page, `${row}.includes('Success')`)) - from)
  }
  tell('a hidden tab is shown, to its rows being fresh', times, 1000)
  await context.close()
}
