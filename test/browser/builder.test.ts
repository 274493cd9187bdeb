import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RealServer, until } from '../e2e/server.ts'
import { axeFinds, openBrowser, openTab, passedOver, type Tab } from './browser.ts'

describe('making jobs in the browser', () => {
  let server: RealServer
  let browser: Browser
  let tab: Tab
  beforeAll(async () => {
    if (passedOver() !== null) return
    ;[server, browser] = await Promise.all([RealServer.start(), openBrowser()])
    tab = await openTab(browser)
    await tab.page.goto(/page\s+(http\S+)/.exec(server.output)?.[1] ?? '')
    await tab.page.getByRole('navigation', { name: 'Main' }).waitFor()
  })
  beforeEach((context) => context.skip(passedOver() !== null, passedOver() ?? ''))
  afterAll(async () => {
    await browser?.close()
    await server?.clean()
  })

  const typeInto = async (page: Page, label: string, text: string): Promise<void> => {
    await page.getByRole('textbox', { name: label }).click()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText(text)
  }

  /** Until then its word on the draft before stands there, faded. */
  const untilAnswered = (page: Page): Promise<void> =>
    page.locator('aside[aria-label="Checks"]:not([data-old])').waitFor()

  test('a job is built, fails, tells why, is mended and succeeds', async () => {
    const { page, faults } = tab
    await page.goto(`${server.url}/ui/jobs`)
    await page.getByRole('button', { name: 'New job' }).click()
    await page.getByText('must not be blank').first().waitFor()
    expect(await page.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
    await page.getByRole('textbox', { name: 'Name' }).fill('built by hand')
    await typeInto(page, 'Shell script', 'cat /no/such/file')
    await page.getByText('Valid', { exact: true }).waitFor()
    await page.getByLabel('Schedule').selectOption('cron')
    await page.getByLabel('Cron line').fill('61 2 * * *')
    await page.getByText('1 to mend').waitFor()
    await page.getByLabel('Cron line').fill('30 2 * * *')
    await page.getByText('At 02:30').waitFor()
    await page.getByRole('heading', { name: 'Next runs', exact: true }).waitFor()
    await page.getByText('1 of 1 could take it').waitFor()
    await page.getByText('Which workers may take it').click()
    await page.getByLabel('Tags').fill('gpu')
    await page.getByText('it lacks the tag gpu').waitFor()
    await untilAnswered(page)
    expect(await axeFinds(page)).toEqual([])
    await page.getByLabel('Tags').fill('')
    await page.getByText('1 of 1 could take it').waitFor()
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByText('It failed: exit code 1 not in [0].').waitFor()
    await page.getByText('No such file or directory').waitFor()
    await page.getByRole('link', { name: 'built by hand' }).click()
    expect(await axeFinds(page)).toEqual([])

    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Past run').selectOption({ index: 1 })
    await page.getByText('It would have failed').waitFor()
    await page.getByLabel('Exit codes of success').fill('0, 1')
    await page.getByText('It would have succeeded').waitFor()
    await page.getByText('Rules for the output, lost workers, history').click()
    await page.getByLabel('stderr must not contain').fill('No such file')
    await page.getByText("stderr found forbidden 'No such file'").waitFor()
    await untilAnswered(page)
    expect(await axeFinds(page)).toEqual([])
    await page.getByLabel('stderr must not contain').fill('')
    await page.getByLabel('Exit codes of success').fill('')
    await typeInto(page, 'Shell script', 'echo mended')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByText(/It succeeded/).waitFor()
    await page.getByText('mended', { exact: true }).waitFor()
    expect(faults).toEqual([])
  })

  test('form and text are one; another change meanwhile is shown; leaving asks; a version is restored', async () => {
    const { page, faults } = tab
    const every = { schedule: { mode: 'interval', interval_seconds: 3600, enabled: false } }
    const { _id } = (
      await server.call('POST', '/jobs/', { name: 'shared', executor: { type: 'shell', script: 'true' }, ...every })
    ).json
    await page.goto(`${server.url}/ui/jobs/${_id}/edit`)
    await page.getByRole('textbox', { name: 'Name' }).fill('renamed here')
    await page.getByText('YAML and JSON').click()
    await page.getByText('name: renamed here').waitFor()
    expect(await axeFinds(page)).toEqual([])
    await page.getByText('Form', { exact: true }).click()
    await page.getByRole('link', { name: 'Runs' }).click()
    await page.getByRole('heading', { name: 'Leave without saving?', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Stay' }).click()

    await server.call('PUT', `/jobs/${_id}`, { retries: 3 })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('+retries: 3').waitFor()
    await page.getByRole('button', { name: 'Put my changes on top of theirs' }).click()
    await page.getByRole('heading', { name: 'renamed here', exact: true }).waitFor()
    expect((await server.call('GET', `/jobs/${_id}`)).json).toMatchObject({
      name: 'renamed here',
      retries: 3,
      version: 3,
    })

    await page.getByRole('tab', { name: 'Versions' }).click()
    await page.getByRole('button', { name: /Version 1/ }).click()
    expect(await axeFinds(page)).toEqual([])
    await page.getByRole('button', { name: 'Restore version 1' }).click()
    await until('it to be restored', async () => {
      const { name, retries } = (await server.call('GET', `/jobs/${_id}`)).json
      return name === 'shared' && retries === 0
    })
    expect(faults).toEqual([])
  })

  test('a crontab is imported: looked at first, then made, with what is left out', async () => {
    const { page, faults } = tab
    await page.goto(`${server.url}/ui/import`)
    await page.getByLabel('Definitions or a crontab').fill('# backup\n30 2 * * * backup\n@reboot x\n99 * * * * wrong\n')
    await page.getByRole('heading', { name: '2 jobs found', exact: true }).waitFor()
    await page.getByText('@reboot has no time').waitFor()
    await page.getByText(/schedule.cron/).waitFor()
    expect(await axeFinds(page)).toEqual([])
    await page.getByRole('button', { name: 'Create 1 job' }).click()
    await page.getByText('1 job made').waitFor()
    await page.getByRole('link', { name: 'Open it' }).click()
    await page.getByRole('heading', { name: 'backup', exact: true }).waitFor()
    expect(faults).toEqual([])
  })
})
