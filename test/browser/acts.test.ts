import { describe, expect, test } from 'vitest'
import { CuttingProxy } from '../client/proxy.ts'
import { adminToken, until } from '../e2e/server.ts'
import { holds, openAs, openSite, type Tab } from './browser.ts'

/** A tab that cannot be seen, as far as the page can tell; and back. */
const hide = ({ page }: Tab, hidden: boolean): Promise<unknown> =>
  page.evaluate(`(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} })
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${hidden ? 'hidden' : 'visible'}' })
    document.dispatchEvent(new Event('visibilitychange'))
  })()`)

describe('acts upon runs, and what the page says of them', () => {
  const site = openSite({ timezoneId: 'Europe/Berlin' })

  test('a cancel says so at once and is done when the server says it; one that is refused is taken back, with the reason', async () => {
    const { server, tab } = site()
    const { page, faults } = tab
    const slow = await server.submit(`trap '' TERM; echo ready; while :; do sleep 0.1; done`, { name: 'ends slowly' })
    await until('it to be deaf', async () => (await server.log(slow.run)).includes('ready'))
    await page.goto(`${server.url}/ui/runs/${slow.run}`)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Cancelling…' }).waitFor()
    expect((await server.run(slow.run)).status).toBe('running')
    await page.getByText('It was cancelled by admin.').waitFor()
    expect((await server.run(slow.run)).status).toBe('cancelled')

    const over = await server.submit('until [ -e "$0.none" ]; do sleep 0.05; done', { name: 'over unseen' })
    await server.runIs(over.run, 'running')
    await page.goto(`${server.url}/ui/runs/${over.run}`)
    await page.getByRole('button', { name: 'Cancel' }).waitFor()
    // Its end is kept from the page, so that it asks for what cannot be any more.
    await page.route(/\/runs\/[^/]+(\?|\/stream|$)|events\/stream/, (route) => route.abort())
    await server.call('POST', `/runs/${over.run}/cancel`)
    await server.runIs(over.run, 'cancelled')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('The run is final: cancelled.').waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).waitFor()
    await page.unroute(/\/runs\/[^/]+(\?|\/stream|$)|events\/stream/)
    expect(faults.filter((fault) => !fault.includes('ERR_FAILED'))).toEqual([])
  })

  test('what ends more than a hundred says the number and wants its word, and the trail has it', async () => {
    const { server, tab } = site()
    const { page } = tab
    const waits = { executor: { type: 'shell', script: 'true' }, queue: 'nobody' }
    const { _id } = (await server.call('POST', '/jobs/', { name: 'waits', ...waits })).json
    await Promise.all(Array.from({ length: 100 }, () => server.call('POST', `/jobs/${_id}/run`)))
    await page.goto(`${server.url}/ui/runs?status=pending`)
    await page.getByRole('link', { name: 'waits' }).first().waitFor()
    await holds(tab)
    await page.getByRole('checkbox', { name: 'Select all loaded runs' }).click()
    await page.getByRole('button', { name: 'Select all that match, loaded or not' }).click()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByRole('heading', { name: 'Cancel 101 runs?', exact: true }).waitFor()
    const act = page.getByRole('button', { name: 'Cancel 101' })
    expect(await act.isDisabled()).toBe(true)
    await page.getByLabel('Type cancel to go on').fill('cancel')
    await act.click()
    await page.getByText('Cancelled 101 of 101 runs.').waitFor()
    await until('the trail to have it', async () => {
      const [newest] = (await server.call('GET', '/audit/?limit=1')).json
      return newest.action.includes('cancel')
    })
    await page.getByRole('button', { name: 'Close' }).last().click()
  })

  test('times tick, have the exact one with its zone beside them, and follow one setting; a hidden tab rests and is fresh when it is shown', async () => {
    const { server, tab } = site()
    const { page, faults } = tab
    const { run, job } = await server.submit('echo here', { name: 'told in time' })
    const { start_ts } = await server.runIs(run, 'success')
    await page.goto(`${server.url}/ui/runs/${run}`)
    await page.getByText('here', { exact: true }).waitFor()
    await page.goto(`${server.url}/ui/runs`)
    const row = page.getByRole('row').filter({ hasText: 'told in time' }).first()
    const time = row.locator('time').first()
    const before = await time.textContent()
    await until('it to tick', async () => (await time.textContent()) !== before)
    const exact = (zone: string) =>
      new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
      }).format(Date.parse(start_ts))
    expect(await time.getAttribute('title')).toMatch(new RegExp(`${exact('Europe/Berlin')} (CET|CEST|GMT\\+[12])$`))
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('menuitem', { name: 'UTC' }).click()
    await page.keyboard.press('Escape')
    await until('it in UTC', async () => /UTC$/.test((await time.getAttribute('title')) ?? ''))

    await hide(tab, true)
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    const next = (await server.call('POST', `/jobs/${job}/run`)).json.run_id
    await server.runIs(next, 'success')
    const rested = asked.length
    await hide(tab, false)
    await page.getByRole('button', { name: /1 new run/ }).waitFor()
    expect(rested).toBe(0)
    expect(faults).toEqual([])
  })

  test('a server that says nothing any more is noticed, as of when it was heard; what was missed comes with the next connection', async () => {
    const { server, browser } = site()
    const proxy = await CuttingProxy.start(() => Number(new URL(server.url).port))
    const tab = await openAs(browser, `${proxy.url}/ui/runs?status=running`, adminToken)
    const { page } = tab
    const connection = page.getByRole('status', { name: 'Connection' })
    await connection.getByText('Live', { exact: true }).waitFor()
    // Before anything was heard that a next connection could go on after; and then after something was.
    for (const [name, isKnown] of [
      ['begun unseen', false],
      ['begun later', true],
    ] as const) {
      // biome-ignore format: pairs
      proxy.isMute = true
      await connection.getByText(/^Reconnecting, as of \d\d:\d\d:\d\d$/).waitFor()
      const { run } = await server.submit('read x; sleep 60', { name })
      await server.runIs(run, 'running')
      proxy.isMute = false
      proxy.cut()
      await connection.getByText('Live', { exact: true }).waitFor()
      if (isKnown) await page.getByRole('button', { name: '1 new run' }).click()
      await page.getByRole('link', { name }).waitFor()
      await server.call('POST', `/runs/${run}/cancel`)
      await server.runIs(run, 'cancelled')
    }
    await tab.context.close()
    await proxy.close()
  })
})
