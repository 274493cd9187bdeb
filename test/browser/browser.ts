import { accessSync, constants } from 'node:fs'
import axe from 'axe-core'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { adminToken, RealServer, until } from '../e2e/server.ts'
import { isWhole } from '../selection.ts'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Whether there is a Chromium here; where there is none, what needs one is skipped. */
export const hasChromium = (): boolean => {
  try {
    accessSync(executablePath, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Why the screens beyond the first ones are not walked through; null where they are. */
export const passedOver = (): string | null => {
  if (!hasChromium()) return 'no Chromium here'
  return isWhole ? null : 'HYDRA_TEST_ALL=1 runs what takes long'
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] })

/** A tab, and everything that went wrong in it: errors, and what the policy refused. */
export interface Tab {
  readonly page: Page
  readonly context: BrowserContext
  readonly faults: readonly string[]
}

export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  context.setDefaultTimeout(20_000)
  const faults: string[] = []
  const page = await context.newPage()
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (message) => {
    // That an answer is a 4xx is told by the browser itself; whether it may be is the test's matter.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text())
  })
  return { page, context, faults }
}

/** Half-way through a change of colours nothing can be said of their contrast. What turns for ever is not waited for. */
const untilStill = `Promise.allSettled(
  document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity).map(({ finished }) => finished),
)`

/** What axe finds on the page once it is still: each rule that is broken, and where. */
export async function axeFinds(page: Page): Promise<readonly string[]> {
  await page.evaluate(untilStill)
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<{
    violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
  }>('axe.run(document, { resultTypes: ["violations"] })')
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}

/** A tab of who has the token, at a place of the page. */
export async function openAs(
  browser: Browser,
  url: string,
  token: string,
  options?: BrowserContextOptions,
): Promise<Tab> {
  const tab = await openTab(browser, options)
  await tab.context.addInitScript((given) => sessionStorage.setItem('hydra_token', given), token)
  await tab.page.goto(url)
  await tab.page.getByRole('navigation', { name: 'Main' }).waitFor()
  return tab
}

/** How many pixels the content is wider than its place: more than none would be a scroll sideways. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate<number>(
    '(() => { const main = document.querySelector("main"); return main.scrollWidth - main.clientWidth })()',
  )

/** What the tests of a file look at. */
interface Site {
  readonly server: RealServer
  readonly browser: Browser
  readonly tab: Tab
}

/** A server and a tab of its admin for all tests of a `describe`; where there is no Chromium, or these are passed over, they are skipped. */
export function openSite({
  env = {},
  ...options
}: BrowserContextOptions & { readonly env?: Record<string, string> } = {}): () => Site {
  let [server, browser]: [RealServer | null, Browser | null] = [null, null]
  let tab: Tab | null = null
  beforeAll(async () => {
    if (passedOver() !== null) return
    ;[server, browser] = await Promise.all([RealServer.start({ env }), openBrowser()])
    tab = await openAs(browser, `${server.url}/ui/`, adminToken, options)
  })
  beforeEach((context) => context.skip(passedOver() !== null, passedOver() ?? ''))
  afterAll(async () => {
    await browser?.close()
    await server?.clean()
  })
  return () => {
    if (server === null || browser === null || tab === null) throw new Error('the site is not open')
    return { server, browser, tab }
  }
}

/** As it is, and on a phone in the dark: axe finds nothing, and nothing is wider than the screen. */
export async function holds({ page }: Tab): Promise<void> {
  expect(await axeFinds(page)).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 360, height: 780 })
  await until('the dark', () => page.evaluate('document.documentElement.dataset.mantineColorScheme === "dark"'))
  expect(await overflowOf(page)).toBe(0)
  expect(await axeFinds(page)).toEqual([])
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 800 })
}
