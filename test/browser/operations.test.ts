import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adminToken, RealServer, until } from '../e2e/server.ts'
import { axeFinds, hasChromium, openAs, openBrowser, overflowOf, type Tab } from './browser.ts'

describe('the screens of who looks after the system', () => {
  let server: RealServer
  let browser: Browser
  let tab: Tab
  beforeAll(async () => {
    if (!hasChromium()) return
    ;[server, browser] = await Promise.all([
      RealServer.start({ env: { WORKER_ID: 'own', WORKER_TAGS: 'berlin' } }),
      openBrowser(),
    ])
    tab = await openAs(browser, `${server.url}/ui/`, adminToken)
  })
  beforeEach((context) => context.skip(!hasChromium(), 'no Chromium here'))
  afterAll(async () => {
    await browser?.close()
    await server?.clean()
  })

  /** As it is, and on a phone in the dark: axe finds nothing, and nothing is wider than the screen. */
  async function holds({ page }: Tab): Promise<void> {
    expect(await axeFinds(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 780 })
    await until('the dark', () => page.evaluate('document.documentElement.dataset.mantineColorScheme === "dark"'))
    expect(await overflowOf(page)).toBe(0)
    expect(await axeFinds(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: 800 })
  }

  test('a worker is drained under load: what is left is shown until it is done, and then it takes work again', async () => {
    const { page, faults } = tab
    const { run } = await server.submit('read x; sleep 60', { name: 'long one' })
    await server.runIs(run, 'running')
    await page.goto(`${server.url}/ui/workers`)
    const card = page.getByRole('article', { name: 'Worker own' })
    await card.getByRole('link', { name: 'long one' }).waitFor()
    await card.getByText('1 of 4 in use').waitFor()
    await card.getByRole('button', { name: 'Drain own' }).click()
    await card.getByText('Draining, 1 left').waitFor()
    const waiting = await server.submit('true', { name: 'kept waiting' })
    expect((await server.run(waiting.run)).status).toBe('pending')
    await server.call('POST', `/runs/${run}/cancel`)
    await card.getByText('Drained').waitFor()
    await card.getByRole('button', { name: 'Enable own' }).click()
    await server.runIs(waiting.run, 'success')
    await holds(tab)

    await page.getByText('Add a worker').click()
    await page.getByText(`npx hydra worker --server ${server.url}`).waitFor()
    await page.getByLabel('State').selectOption('disabled')
    await page.getByText('No workers match').waitFor()
    expect(page.url()).toContain('state=disabled')
    await page.getByRole('button', { name: 'Clear the filters' }).click()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What it ran' }).waitFor()
    await page.getByRole('link', { name: 'kept waiting' }).waitFor()
    await holds(tab)
    await page.keyboard.press('Escape')
    await card.waitFor()
    expect(faults).toEqual([])
  })
})
