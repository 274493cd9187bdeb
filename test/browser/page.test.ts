import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adminToken, RealServer, until } from '../e2e/server.ts'
import { skipUnlessWhole } from '../selection.ts'
import { axeFinds, hasChromium, openBrowser, openTab, type Tab } from './browser.ts'

describe('the page in a real browser', () => {
  let server: RealServer
  let browser: Browser
  let tab: Tab
  beforeAll(async () => {
    if (!hasChromium()) return
    ;[server, browser] = await Promise.all([RealServer.start(), openBrowser()])
    tab = await openTab(browser)
    await tab.page.goto(`${server.url}/ui/`)
    await signIn(tab, adminToken)
  })
  beforeEach((context) => context.skip(!hasChromium(), 'no Chromium here'))
  afterAll(async () => {
    await browser?.close()
    await server?.clean()
  })

  const signIn = async ({ page }: Tab, token: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'Token' }).fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
  }

  test('the link that is printed opens it signed in, once; a wrong token is told of; signing out forgets', async () => {
    const link = /page\s+(http\S+)/.exec(server.output)?.[1] ?? ''
    expect(link).not.toContain(adminToken)
    const { page, context, faults } = await openTab(browser)
    await page.goto(link)
    await page.getByText('Live', { exact: true }).waitFor()
    expect(page.url()).toBe(`${server.url}/ui/`)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.goto(link)
    await page.getByText('This link was used already').waitFor()
    expect(await axeFinds(page)).toEqual([])
    await page.getByRole('textbox', { name: 'Token' }).fill('a-wrong-token')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This token is not known here').waitFor()
    await page.getByRole('textbox', { name: 'Token' }).fill(adminToken)
    await page.getByRole('checkbox', { name: 'Remember it' }).check()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    const second = await context.newPage()
    await second.goto(`${server.url}/ui/jobs`)
    await second.getByRole('heading', { name: 'Jobs', exact: true }).waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  test('jobs are found by the server; a new one waits to be shown; a bad address is told of', async () => {
    const { page, faults } = tab
    const made = async (name: string, more = {}) =>
      (await server.call('POST', '/jobs/', { name, executor: { type: 'shell', script: 'true' }, ...more })).json._id
    await page.goto(`${server.url}/ui/jobs`)
    await page.getByRole('heading', { name: 'No jobs yet', exact: true }).waitFor()
    const every = { schedule: { mode: 'interval', interval_seconds: 3600, enabled: false } }
    for (const name of ['red', 'green', 'blue']) await made(name, every)
    await page.getByRole('button', { name: '3 new jobs' }).click()
    await page.getByRole('link', { name: 'red' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('gre')
    await until('one row', async () => (await page.getByRole('row').count()) === 2)
    expect(page.url()).toContain('?q=gre')
    // What somebody types stays, whatever comes.
    await made('greenish', every)
    await page.getByRole('button', { name: '1 new job' }).waitFor()
    await page.keyboard.type('en')
    expect(await page.getByLabel('Find by name or key').inputValue()).toBe('green')
    await page.goto(`${server.url}/ui/jobs?mode=weekly&sort=-name`)
    await page.getByText('mode=weekly').waitFor()
    await page.getByRole('link', { name: 'red' }).waitFor()
    await page.goto(`${server.url}/ui/?range=century&since=yesterday`)
    await page.getByText('range=century, since=yesterday').waitFor()
    await page.getByRole('heading', { name: 'Failed in the last day', exact: true }).waitFor()
    expect(await axeFinds(page)).toEqual([])
    expect(faults).toEqual([])
  })

  test('many at once: the exact number first, then the act, and what became of it', async () => {
    const { page } = tab
    await page.goto(`${server.url}/ui/jobs`)
    await page.getByRole('checkbox', { name: 'Select green', exact: true }).click()
    await page.getByRole('checkbox', { name: 'Select red' }).click({ modifiers: ['Shift'] })
    await page.getByText('2 selected').waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Delete 2 jobs?', exact: true }).waitFor()
    expect(await axeFinds(page)).toEqual([])
    await page.getByRole('button', { name: 'Delete 2' }).click()
    await page.getByText('Deleted 2 of 2 jobs.').waitFor()
    await page.getByRole('button', { name: 'Close' }).last().click()
    await until('them to be gone', async () => (await page.getByRole('link', { name: 'red' }).count()) === 0)
  })

  test('a run: why it failed, at its first error; a retry; live output without a seam, searched by the server', async () => {
    const { page, faults } = tab
    const script = 'for i in $(seq 300); do echo row $i; done; echo "ERROR: no such file"; seq 200; exit 7'
    const { run } = await server.submit(script)
    await server.runIs(run, 'failed')
    await page.goto(`${server.url}/ui/runs/${run}`)
    await page.getByText('It failed: exit code 7 not in [0].').waitFor()
    await page.getByText('ERROR: no such file').waitFor()
    expect(await axeFinds(page)).toEqual([])
    await page.getByRole('button', { name: 'Line 301' }).click()
    expect(page.url()).toContain('line=301')

    const grouped = await server.submit(
      `echo "::group::Build it"; printf '\\033[32mgreen\\nstill green\\033[0m\\n'; echo ::endgroup::; echo after; sleep 0.3; echo aside >&2`,
    )
    await server.runIs(grouped.run, 'success')
    await page.goto(`${server.url}/ui/runs/${grouped.run}`)
    const log = page.getByRole('log')
    await log.getByText('still green').and(page.locator('[class*="ansi-green"]')).waitFor()
    expect(await log.getByText('endgroup').count()).toBe(0)
    await log.getByRole('button', { name: 'Build it', expanded: true }).click()
    await log.getByRole('button', { name: 'Build it 2 lines', expanded: false }).waitFor()
    expect(await log.locator('[data-line]').allInnerTexts()).toHaveLength(3)
    expect(await axeFinds(page)).toEqual([])
    await page.getByLabel('Search the whole log').fill('still')
    await page.getByRole('button', { name: 'Next hit' }).click()
    await log.getByRole('button', { name: 'Build it', expanded: true }).waitFor()
    await page.getByLabel('How the log is shown, and download').click()
    await page.getByRole('menuitem', { name: 'Only stderr' }).click()
    await until('one line', async () => (await log.locator('[data-line]').count()) === 1)
    expect(await log.textContent()).toContain('aside')
    expect(page.url()).toContain('stream=stderr')

    const live = await server.submit(
      'for i in $(seq 1 900); do echo early $i; done; sleep 0.7; for i in 1 2 3; do echo late $i; done; read x; sleep 60',
    )
    await server.runIs(live.run, 'running')
    await until('its beginning', async () => (await server.log(live.run)).includes('early 900'))
    await page.goto(`${server.url}/ui/runs/${live.run}`)
    await page.getByText('903 lines').waitFor()
    await page.getByText('late 3').waitFor()
    await page.getByLabel('Search the whole log').fill('early 77')
    await page.getByText('11', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Next hit' }).click()
    await page.getByText('1 of 11').waitFor()
    await page.locator('[data-line="77"]').getByText('early 77').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('It was cancelled by admin.').waitFor()
    expect(faults).toEqual([])
  })

  test('keys and the palette reach everything; a server that is away is told of, and is live again by itself', async (context) => {
    skipUnlessWhole(context)
    const { page } = tab
    await page.goto(`${server.url}/ui/`)
    await page.getByRole('heading', { name: 'Overview', exact: true }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await page.getByRole('row').nth(1).waitFor()
    await page.keyboard.press('j')
    await page.locator('[data-row-link]:focus').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('log').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys', exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('greenish')
    await page.getByRole('option', { name: 'greenish' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'greenish', exact: true }).waitFor()
    const port = new URL(server.url).port
    await server.end('SIGKILL')
    await page.getByText(/Reconnecting, as of/).waitFor()
    const next = await RealServer.start({ folder: server.folder, env: { PORT: port } })
    await page.getByText('Live', { exact: true }).waitFor()
    await next.end()
  })
})
