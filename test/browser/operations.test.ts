import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adminToken, RealServer, until } from '../e2e/server.ts'
import { axeFinds, openAs, openBrowser, overflowOf, passedOver, type Tab } from './browser.ts'

describe('the screens of who looks after the system', () => {
  let server: RealServer
  let browser: Browser
  let tab: Tab
  beforeAll(async () => {
    if (passedOver() !== null) return
    ;[server, browser] = await Promise.all([
      RealServer.start({ env: { WORKER_ID: 'own', WORKER_TAGS: 'berlin' } }),
      openBrowser(),
    ])
    tab = await openAs(browser, `${server.url}/ui/`, adminToken)
  })
  beforeEach((context) => context.skip(passedOver() !== null, passedOver() ?? ''))
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
    await page.getByRole('heading', { name: 'What it ran', exact: true }).waitFor()
    await page.getByRole('link', { name: 'kept waiting' }).waitFor()
    await holds(tab)
    await page.keyboard.press('Escape')
    await card.waitFor()
    expect(faults).toEqual([])
  })

  test('the queue says in a sentence what holds it; dead letters are retried all at once, with their exact number', async () => {
    const { page, faults } = tab
    const gpu = await server.submit('true', { name: 'needs a gpu', affinity: { tags: ['gpu'] } })
    await server.submit('true', { name: 'at night', queue: 'night' })
    await page.goto(`${server.url}/ui/queue`)
    await page
      .getByText('2 runs wait, 1 of them (queue default) because the only worker that is online, own, does not fit')
      .waitFor()
    await page.getByRole('row').nth(2).waitFor()
    expect(await page.getByRole('row').nth(1).textContent()).toContain('needs a gpu')
    await holds(tab)
    await page.getByRole('button', { name: 'it does not serve the queue night' }).click()
    await until('one row', async () => (await page.getByRole('row').count()) === 2)
    expect(new URL(page.url()).searchParams.get('cause')).toContain('the queue night')
    await page.getByRole('button', { name: 'it does not serve the queue night' }).click()
    await page.getByRole('checkbox', { name: `Select needs a gpu ${gpu.run}` }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Cancel 1' }).click()
    await page.getByText('Cancelled 1 of 1 run.').waitFor()
    await page.getByRole('button', { name: 'Close' }).last().click()
    await page.getByText('1 run waits because').waitFor()

    const broken = await Promise.all([1, 2].map((code) => server.submit(`exit ${code}`, { name: `broken ${code}` })))
    for (const { run } of broken) await server.runIs(run, 'failed')
    await page.getByRole('tab', { name: 'Dead letters' }).click()
    await page.getByText('exit code 2 not in [0]').waitFor()
    await page.getByRole('button', { name: 'Retry all' }).click()
    await page.getByRole('heading', { name: 'Retry 2 runs?', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Retry 2' }).click()
    await page.getByText('Retried 2 of 2 runs.').waitFor()
    await page.getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('button', { name: '2 new dead letters' }).click()
    await until('four of them', async () => (await page.getByRole('row').count()) === 5)
    await holds(tab)
    expect(faults).toEqual([])
  })

  test('events come as they happen and lead to their things; paused they stand still, and what comes is counted', async () => {
    const { page, faults } = tab
    await page.goto(`${server.url}/ui/events`)
    await page.getByText('Live', { exact: true }).waitFor()
    const loud = await server.submit('exit 4', { name: 'loud' })
    const ended = page.getByRole('row').filter({ hasText: 'Run failed' }).filter({ hasText: 'loud' })
    await ended.waitFor()
    await ended.getByText('exit code 4 not in [0]').waitFor()
    await holds(tab)
    await page.keyboard.press('p')
    await page.getByText('Paused, 0 new').waitFor()
    const rows = await page.getByRole('row').count()
    await server.submit('true', { name: 'unheard' })
    await page.getByText(/^Paused, [1-9]\d* new$/).waitFor()
    expect(await page.getByRole('row').count()).toBe(rows)
    await page.keyboard.press('p')
    await page.getByRole('row').filter({ hasText: 'Run succeeded' }).filter({ hasText: 'unheard' }).waitFor()
    await page.getByLabel('Kind').selectOption('run_finished')
    await until('two ends', async () => (await page.getByRole('row').count()) === 3)
    await page.keyboard.press('/')
    await page.keyboard.type(loud.run)
    await until('one of them', async () => (await page.getByRole('row').count()) === 2)
    expect(page.url()).toContain(`kind=run_finished&q=${loud.run}`)
    await page.goto(`${server.url}/ui/events`)
    await page.getByText('Nothing has happened yet').waitFor()
    await server.submit('exit 5', { name: 'later' })
    await page.getByRole('row').filter({ hasText: 'Run failed' }).waitFor()
    await page.keyboard.press('j')
    await page.getByText(/^Paused/).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('It failed: exit code 5 not in [0].').waitFor()
    expect(faults).toEqual([])
  })

  test('tokens are shown once, rotate with a grace and end at once; a domain token sees its own, and the rest is not allowed', async () => {
    const { page, faults } = tab
    await page.goto(`${server.url}/ui/admin`)
    await page.getByRole('button', { name: 'New domain' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('blue')
    await page.getByLabel('Shown as').fill('The blue team')
    await page.getByRole('button', { name: 'Make it' }).click()
    const secret = page.locator('[data-secret]')
    const first = (await secret.textContent()) ?? ''
    await page.keyboard.press('Escape')
    expect(await axeFinds(page)).toEqual([])
    await page.getByRole('button', { name: 'I have it' }).click()
    expect(await page.content()).not.toContain(first)
    await page.getByText('The blue team').waitFor()
    await holds(tab)

    const theirs = await openAs(browser, `${server.url}/ui/admin`, first)
    await theirs.page.getByText('made the token').waitFor()
    await theirs.page.getByRole('tab', { name: 'Tokens' }).click()
    await theirs.page.getByRole('heading', { name: 'Not allowed', exact: true }).waitFor()
    const { run } = await server.submit('true', { name: 'foreign' })
    await theirs.page.goto(`${server.url}/ui/runs/${run}`)
    await theirs.page.getByRole('heading', { name: 'Not found', exact: true }).waitFor()
    await theirs.page.goto(`${server.url}/ui/workers`)
    await theirs.page.getByRole('heading', { name: 'No workers yet', exact: true }).waitFor()
    await theirs.page.getByText('WORKER_DOMAIN=blue').waitFor()

    await page.getByRole('link', { name: 'blue' }).click()
    await page.getByRole('button', { name: 'New token' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('dashboards')
    await page.getByLabel('Expires').selectOption('30')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByText('in 29 days').waitFor()
    await page.getByRole('button', { name: 'Rotate the default' }).click()
    await page.getByLabel('The old token still works').selectOption('3600')
    await page.getByRole('button', { name: 'Rotate', exact: true }).click()
    expect(await secret.textContent()).not.toBe(first)
    await page.getByRole('button', { name: 'I have it' }).click()
    await holds(tab)
    expect((await server.call('GET', '/whoami', undefined, { 'x-api-key': first })).status).toBe(200)
    await page.getByRole('button', { name: /^Revoke default-old-/ }).click()
    await page
      .getByRole('button', { name: /^Revoke default-old-/ })
      .last()
      .click()
    await theirs.page.getByText('Your token has ended').waitFor()
    await theirs.context.close()

    await page.getByRole('tab', { name: 'Domains' }).click()
    await page.getByRole('button', { name: 'Delete blue' }).click()
    await page.getByText('0 jobs').waitFor()
    const remove = page.getByRole('dialog').getByRole('button', { name: 'Delete blue' })
    expect(await remove.isDisabled()).toBe(true)
    await page.getByLabel('Type blue to go on').fill('blue')
    await remove.click()
    await page.getByText('The domain blue was deleted.').waitFor()
    await page.getByRole('tab', { name: 'Audit trail' }).click()
    await page.getByRole('row').filter({ hasText: 'deleted the domain' }).filter({ hasText: 'admin' }).waitFor()
    await holds(tab)
    await server.call('POST', '/workers/own/state', { state: 'draining' })
    await page.getByRole('button', { name: '1 new change' }).click()
    await page.getByRole('row').filter({ hasText: 'told the worker' }).filter({ hasText: 'draining' }).first().waitFor()
    await page.getByRole('button', { name: 'Only changes of own' }).first().click()
    await until(
      'those of the worker',
      async () => (await page.getByRole('row').filter({ hasText: 'job' }).count()) === 0,
    )
    expect(page.url()).toContain('object=own')
    expect(faults).toEqual([])
  })
})
