import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adminToken, RealServer, until } from '../e2e/server.ts'
import { axeFinds, openAs, openBrowser, overflowOf, passedOver, type Tab } from './browser.ts'

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
    await page.getByRole('link', { name: 'Success 21' }).waitFor()
    expect(await axeFinds(page)).toEqual([])

    const chart = page.getByRole('slider')
    await chart.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('Enter')
    // Nothing ended in its first two minutes.
    await page.getByText('Nothing failed in this span.').waitFor()
    await page.getByRole('link', { name: 'Success 0' }).waitFor()
    const chosen = new URL(page.url()).searchParams
    expect(Date.parse(chosen.get('until') ?? '') - Date.parse(chosen.get('since') ?? '')).toBe(120_000)
    expect(await axeFinds(page)).toEqual([])
    await page.getByRole('button', { name: /Take away the filter/ }).click()
    await page.getByRole('link', { name: 'Success 21' }).click()
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await until('its runs', async () => (await page.getByRole('row').count()) === 22)
    await server.call('POST', `/runs/${slow}/cancel`)
    // What fails most says how often: these runs, and no others.
    const flaky = await server.submit('exit 3', { name: 'flaky' })
    await Promise.all([server.runIs(flaky.run, 'failed'), server.runIs(slow, 'cancelled')])
    await page.goto(`${server.url}/ui/?range=hour`)
    await page.getByRole('link', { name: '23 that ended' }).waitFor()
    await page.getByRole('link', { name: '1 time', exact: true }).click()
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await until('its run', async () => (await page.getByRole('row').count()) === 2)
    await page.getByRole('link', { name: 'flaky' }).waitFor()
    expect(faults).toEqual([])
  })
  test('filters are kept under a name, and found in the palette; times are those of the job where somebody wants them so', async () => {
    const { page, faults } = tab
    const make = async (name: string, more: object) =>
      (await server.call('POST', '/jobs/', { name, ...shell('true'), ...more })).json._id
    const line = { mode: 'cron', cron: '30 11 * * *', timezone: 'Asia/Tokyo' }
    const job = await make('in Tokyo', { schedule: line })
    await make('held', { schedule: { mode: 'interval', interval_seconds: 3600, enabled: false } })
    await page.goto(`${server.url}/ui/jobs?enabled=false&mode=interval`)
    await page.getByRole('link', { name: 'held' }).waitFor()
    await page.getByRole('button', { name: 'Saved filters' }).click()
    await page.getByRole('menuitem', { name: 'Save this filter…' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('what is held')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'what is held' }).waitFor()
    await page.goto(`${server.url}/ui/jobs`)
    await page.getByRole('link', { name: 'in Tokyo' }).waitFor()
    await page.getByText(/0[34]:30 CE/).waitFor()
    await page.getByRole('button', { name: 'Saved filters' }).click()
    await page.getByRole('menuitem', { name: 'what is held' }).waitFor()
    expect(await axeFinds(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByLabel('Search for pages, jobs, runs, workers').fill('is held')
    await page.getByRole('option', { name: /what is held/ }).waitFor()
    await page.keyboard.press('Enter')
    await until('the one that is held', async () => (await page.getByRole('link', { name: 'in Tokyo' }).count()) === 0)
    expect(new URL(page.url()).search).toBe('?enabled=false&mode=interval')
    await page.getByRole('button', { name: 'what is held' }).click()
    await page.getByRole('menuitem', { name: 'Forget what is held' }).click()
    await page.getByRole('button', { name: 'Saved filters' }).waitFor()

    await page.goto(`${server.url}/ui/jobs/${job}`)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('menuitem', { name: 'The time zone of each job' }).click()
    await page.getByText('11:30 GMT+9', { exact: false }).first().waitFor()
    await page.goto(`${server.url}/ui/jobs`)
    await page.getByText('11:30 GMT+9', { exact: false }).first().waitFor()
    // What looks at this one job alone follows: what its runs are narrowed by, and what is worked on.
    await page.goto(`${server.url}/ui/runs?job_id=${job}&since=2026-01-01T00:00:00Z`)
    await page.getByRole('button', { name: 'Take away the filter Since 1 Jan 2026, 09:00:00 GMT+9' }).waitFor()
    await page.goto(`${server.url}/ui/jobs/${job}/edit`)
    await page.getByText('11:30 GMT+9', { exact: false }).nth(3).waitFor()
    expect(faults).toEqual([])
  })

  test('a job has a calendar of what came of each day and what is planned; it is cloned', async () => {
    const { page, faults } = tab
    // Not before the test is over.
    const start_at = new Date(Date.now() + 3_600_000).toISOString()
    const schedule = { mode: 'cron', cron: '30 11 * * *', timezone: 'Asia/Tokyo', start_at }
    const { _id } = (await server.call('POST', '/jobs/', { name: 'daily', ...shell('exit 3'), schedule })).json
    await server.runIs((await server.call('POST', `/jobs/${_id}/run`)).json.run_id, 'failed')
    await page.goto(`${server.url}/ui/jobs/${_id}?tab=ticks`)
    const today = page.locator('td[aria-current="date"]')
    await today.getByRole('link', { name: /: 1 failed or timed out/ }).waitFor()
    expect(await axeFinds(page)).toEqual([])
    await page.getByRole('button', { name: 'The month after' }).click()
    await page
      .getByText(/: 1 planned$/)
      .nth(27)
      .waitFor()
    expect(new URL(page.url()).searchParams.get('month')).toMatch(/^\d{4}-\d\d$/)
    await page.setViewportSize({ width: 360, height: 780 })
    expect(await overflowOf(page)).toBe(0)
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.getByRole('button', { name: 'The month before' }).click()
    await today.getByRole('link').click()
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await until('its run', async () => (await page.getByRole('row').count()) === 2)
    await page.goBack()
    await page.getByRole('button', { name: 'More acts' }).click()
    await page.getByRole('menuitem', { name: 'Clone' }).click()
    await page.getByRole('heading', { name: 'Copy of daily', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'daily (copy)', exact: true }).waitFor()
    expect(faults).toEqual([])
  })
})
