import type { Browser } from 'playwright-core'
import type { BenchCaller } from './caller.ts'
import { seen } from './page-probe.ts'
import { type Brought, bareServer, median, openSlow, show, tell } from './page-tab.ts'

/** Screens, and how each is told to be of use: what they are opened for can be seen. */
export const screens = (big: string) =>
  ({
    overview: {
      path: '',
      look: `document.querySelector('canvas') && /\\d/.test(bench.text('[aria-label^="Failed"] strong'))`,
    },
    jobs: { path: 'jobs', look: `document.querySelector('[aria-label=Jobs] [data-row-link]')` },
    runs: { path: 'runs', look: `document.querySelector('[aria-label=Runs] [data-row-link]')` },
    queue: { path: 'queue', look: `document.querySelector('main [data-row-link]')` },
    workers: { path: 'workers', look: `document.querySelector('article')` },
    run: { path: `runs/${big}`, look: lastLine },
  }) as const

/** The last line of the large log can be seen. */
export const lastLine = `bench.text('[data-line="1000000"]').includes('request 1000000')`

/** Cold loads over a slow line, each beside a bare page of as many bytes over the same. */
export async function loads(browser: Browser, origin: string, big: string, tries: number): Promise<void> {
  const all = screens(big)
  for (const [name, { path, look }] of Object.entries(all)) {
    const times: number[] = []
    let brought: Brought = { js: 0, css: 0 }
    for (let at = 0; at < tries; at += 1) {
      const tab = await openSlow(browser)
      await tab.page.goto(`${origin}/ui/${path}`, { waitUntil: 'commit' })
      times.push(await seen(tab.page, look))
      await tab.page.waitForLoadState('load')
      brought = { ...tab.brought }
      await tab.context.close()
    }
    const bare = await bareLoads(browser, brought.js + brought.css, tries)
    tell(`${name}, cold, over 10 Mbit/s`, times, 2000, median('a bare page of as many bytes', bare))
    const size = `${(brought.js / 1000).toFixed(0)} and ${(brought.css / 1000).toFixed(0)} kB`
    show(`  its programs and style sheets`, size, '250, 40', brought.js <= 250_000 && brought.css <= 40_000)
  }
}

async function bareLoads(browser: Browser, bytes: number, tries: number): Promise<readonly number[]> {
  const server = await bareServer(bytes)
  const times: number[] = []
  for (let at = 0; at < tries; at += 1) {
    const { page, context } = await openSlow(browser)
    await page.goto(server.url, { waitUntil: 'commit' })
    times.push(await seen(page, `document.title === 'there'`))
    await context.close()
  }
  server.end()
  return times
}

/** The API's own answer times for a path, ms. */
export async function answers(caller: BenchCaller, path: string, tries: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let at = 0; at < tries; at += 1) times.push((await caller.call('GET', path)).ms)
  return times
}
