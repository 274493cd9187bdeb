import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adminToken, RealServer } from '../e2e/server.ts'
import { axeFinds, openAs, openBrowser, overflowOf, passedOver, type Tab } from './browser.ts'

describe('the screen of a run', () => {
  let server: RealServer
  let browser: Browser
  let tab: Tab
  beforeAll(async () => {
    if (passedOver() !== null) return
    ;[server, browser] = await Promise.all([RealServer.start(), openBrowser()])
    tab = await openAs(browser, `${server.url}/ui/`, adminToken)
  })
  beforeEach((context) => context.skip(passedOver() !== null, passedOver() ?? ''))
  afterAll(async () => {
    await browser?.close()
    await server?.clean()
  })

  test('a run is retried with changes of its own, says which, and stands in a chain with the one before', async () => {
    const { page, faults } = tab
    const { job, run } = await server.submit('echo "mode $MODE, $1"; [ "$MODE" = fast ]', { name: 'an import' })
    await server.runIs(run, 'failed')
    await page.goto(`${server.url}/ui/runs/${run}`)
    await page.getByText('It failed: exit code 1 not in [0].').waitFor()
    await page.keyboard.press('R')
    const dialog = page.getByRole('dialog', { name: 'Retry with changes' })
    await dialog.getByText('Nothing is changed').waitFor()
    await dialog.getByLabel('Arguments').fill('--full')
    await dialog.getByLabel('Timeout').fill('-1')
    await dialog.getByText('must be at least 0').waitFor()
    await dialog.getByLabel('Timeout').fill('60')
    await dialog.getByLabel('Environment variables').fill('MODE=fast')
    await dialog.locator('.cm-content').waitFor()
    expect(await axeFinds(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Retry with 3 changes' }).click()
    await page.getByText('mode fast, --full').waitFor()
    await page.getByText('It succeeded').waitFor()
    await page.getByText('Otherwise than its job: arguments, $MODE, timeout').click()
    const chain = page.getByRole('navigation', { name: 'Retries by hand' })
    await chain.getByText('Failed').waitFor()
    expect(await axeFinds(page)).toEqual([])
    expect((await server.call('GET', `/jobs/${job}`)).json).toMatchObject({ version: 1, timeout: 0 })
    await chain.getByRole('link', { name: 'Earlier' }).click()
    await chain.getByRole('link', { name: 'Retry' }).waitFor()
    await page.getByText('It failed: exit code 1 not in [0].').waitFor()
    await page.setViewportSize({ width: 360, height: 780 })
    expect(await overflowOf(page)).toBe(0)
    await page.setViewportSize({ width: 1280, height: 800 })
    expect(faults).toEqual([])
  })

  test('two attempts are looked at beside each other, with what differs of them', async () => {
    const { page, faults } = tab
    const { run } = await server.submit('echo "at $HYDRA_ATTEMPT"; [ "$HYDRA_ATTEMPT" = 2 ]', { retries: 1 })
    await server.runIs(run, 'success')
    await page.goto(`${server.url}/ui/runs/${run}`)
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('region', { name: 'Log of attempt 1' }).first().getByText('at 1').waitFor()
    await page.getByRole('region', { name: 'Log of attempt 2' }).first().getByText('at 2').waitFor()
    await page.getByRole('row', { name: /Exit code.*differs.*1.*0/ }).waitFor()
    expect(await axeFinds(page)).toEqual([])
    await page.setViewportSize({ width: 360, height: 780 })
    expect(await overflowOf(page)).toBe(0)
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.getByRole('button', { name: 'One at a time' }).click()
    await page.getByRole('button', { name: 'Compare' }).waitFor()
    expect(faults).toEqual([])
  })

  test('a job is run once with changes of this run alone', async () => {
    const { page, faults } = tab
    const { run, job } = await server.submit('echo "mode $MODE"', { name: 'a report' })
    await server.runIs(run, 'success')
    await page.goto(`${server.url}/ui/jobs/${job}`)
    await page.getByRole('button', { name: 'More acts' }).click()
    await page.getByRole('menuitem', { name: 'Run with changes…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Run with changes' })
    await dialog.getByLabel('Environment variables').fill('MODE=slow')
    await dialog.getByRole('button', { name: 'Run with 1 change' }).click()
    await page.getByText('mode slow').waitFor()
    await page.getByText('Otherwise than its job: $MODE').waitFor()
    expect((await server.call('GET', `/jobs/${job}`)).json).toMatchObject({ version: 1 })
    expect(faults).toEqual([])
  })
})
