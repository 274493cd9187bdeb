import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adminToken, RealServer, until } from '../e2e/server.ts'
import { axeFinds, openAs, openBrowser, passedOver, type Tab } from './browser.ts'

describe('looking at jobs, their past and their plan', () => {
  let server: RealServer
  let browser: Browser
  let tab: Tab
  beforeAll(async () => {
    if (passedOver() !== null) return
    ;[server, browser] = await Promise.all([RealServer.start(), openBrowser()])
    tab = await openAs(browser, `${server.url}/ui/`, adminToken, { timezoneId: 'Europe/Berlin' })
  })
  beforeEach((context) => context.skip(passedOver() !== null, passedOver() ?? ''))
  afterAll(async () => {
    await browser?.close()
    await server?.clean()
  })

  const shell = (script: string) => ({ executor: { type: 'shell', script } })

  test('the overview names what is slow against its own past; a span of its chart, chosen by keys, narrows the page', async () => {
    const { page, faults } = tab
    const { job, run: first } = await server.submit('true', { name: 'quick until now' })
    const runs = await Promise.all(
      Array.from({ length: 20 }, async () => (await server.call('POST', `/jobs/${job}/run`)).json.run_id),
    )
    await Promise.all([first, ...runs].map((run) => server.runIs(run, 'success')))
    await server.call('PUT', `/jobs/${job}`, shell('read x; sleep 60'))
    const slow = (await server.call('POST', `/jobs/${job}/run`)).json.run_id
    await until('it to be slow', async () => (await server.call('GET', '/overview/attention')).json.slow.length === 1)
    await page.goto(`${server.url}/ui/?range=hour`)
    const list = page.getByRole('region', { name: 'Slow against their own past' })
    await list.getByText(/so far .*, p95/).waitFor()
    expect(await list.getByRole('link', { name: 'quick until now' }).getAttribute('href')).toContain(slow)
    await page.getByText('Nothing was more than half a minute late').waitFor()
    await page.getByRole('link', { name: 'Success, 21 runs' }).waitFor()
    expect(await axeFinds(page)).toEqual([])

    const chart = page.getByRole('slider')
    await chart.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('Enter')
    // Nothing ended in its first two minutes.
    await page.getByText('Nothing failed in this span.').waitFor()
    await page.getByRole('link', { name: 'Success, 0 runs' }).waitFor()
    const chosen = new URL(page.url()).searchParams
    expect(Date.parse(chosen.get('until') ?? '') - Date.parse(chosen.get('since') ?? '')).toBe(120_000)
    expect(await axeFinds(page)).toEqual([])
    await page.getByRole('button', { name: /Take away the filter/ }).click()
    await page.getByRole('link', { name: 'Success, 21 runs' }).click()
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await until('its runs', async () => (await page.getByRole('row').count()) === 22)
    await server.call('POST', `/runs/${slow}/cancel`)
    expect(faults).toEqual([])
  })
})
