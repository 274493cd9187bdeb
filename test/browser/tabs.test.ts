import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adminToken, RealServer, until } from '../e2e/server.ts'
import { axeFinds, openBrowser, openTab, passedOver, type Tab } from './browser.ts'

describe('several tabs, tenants and screens', () => {
  let server: RealServer
  let browser: Browser
  beforeAll(async () => {
    if (passedOver() !== null) return
    ;[server, browser] = await Promise.all([RealServer.start(), openBrowser()])
  })
  beforeEach((context) => context.skip(passedOver() !== null, passedOver() ?? ''))
  afterAll(async () => {
    await browser?.close()
    await server?.clean()
  })

  const signIn = async ({ page }: Tab, token: string, remembered = false): Promise<void> => {
    await page.goto(`${server.url}/ui/`)
    await page.getByRole('textbox', { name: 'Token' }).fill(token)
    if (remembered) await page.getByRole('checkbox', { name: 'Remember it' }).check()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
  }
  const newDomain = async (domain: string): Promise<string> =>
    (await server.call('POST', '/admin/domains', { domain })).json.token

  test('tabs of a browser share one stream, and the next one takes over when its reader is closed', async () => {
    const token = await newDomain('shared')
    const tab = await openTab(browser)
    const streams: string[] = []
    tab.context.on('request', (request) => {
      if (request.url().includes('/events/stream')) streams.push(request.url())
    })
    await signIn(tab, token, true)
    const second = await tab.context.newPage()
    await second.goto(`${server.url}/ui/runs`)
    await second.getByText('Live', { exact: true }).waitFor()
    expect(streams).toHaveLength(1)
    await tab.page.close()
    await until('the second tab to read', () => streams.length === 2)
    const { _id } = (
      await server.call('POST', '/jobs/?domain=shared', { name: 'told', executor: { type: 'shell', script: 'true' } })
    ).json
    expect(_id).toBeTruthy()
    await second.getByRole('button', { name: '1 new run' }).click()
    await second.getByRole('link', { name: 'told' }).waitFor()
    await tab.context.close()
  })

  test('two tenants never see each other, and who may read only is offered nothing else', async () => {
    const red = await newDomain('red')
    await newDomain('blue')
    const read = await server.call('POST', '/admin/domains/red/tokens', { name: 'reader', role: 'read' })
    const make = async (domain: string) =>
      (
        await server.call('POST', `/jobs/?domain=${domain}`, {
          name: `job of ${domain}`,
          executor: { type: 'shell', script: 'true' },
        })
      ).json._id
    const [ofRed, ofBlue] = [await make('red'), await make('blue')]
    const mine = await openTab(browser)
    await signIn(mine, red)
    const { page } = mine
    await page.goto(`${server.url}/ui/jobs`)
    await page.getByRole('link', { name: 'job of red' }).waitFor()
    expect(await page.getByText('job of blue').count()).toBe(0)
    await page.goto(`${server.url}/ui/jobs/${ofBlue}`)
    await page.getByRole('heading', { name: 'Not found', exact: true }).waitFor()
    expect(await axeFinds(page)).toEqual([])
    await page.goto(`${server.url}/ui/runs`)
    await page.getByRole('row').nth(1).waitFor()
    await server.call('POST', '/jobs/?domain=blue', {
      name: 'later of blue',
      executor: { type: 'shell', script: 'true' },
    })
    await server.call('POST', `/jobs/${ofRed}/run`)
    await page.getByRole('button', { name: '1 new run' }).waitFor()

    // An admin who looks at all chooses one, on the same screen: what was there of others is gone.
    const admin = await openTab(browser)
    await signIn(admin, adminToken)
    await admin.page.goto(`${server.url}/ui/jobs`)
    await admin.page.getByRole('link', { name: 'job of blue' }).waitFor()
    await admin.page.getByLabel('Domain', { exact: true }).selectOption('red')
    await admin.page.getByRole('link', { name: 'job of blue' }).waitFor({ state: 'detached' })
    await admin.page.getByRole('link', { name: 'job of red' }).waitFor()

    const reader = await openTab(browser)
    await signIn(reader, read.json.token)
    await reader.page.goto(`${server.url}/ui/jobs/${ofRed}`)
    await reader.page.getByRole('heading', { name: 'job of red', exact: true }).waitFor()
    for (const name of ['Run now', 'Edit', 'New job'])
      expect(await reader.page.getByRole('button', { name }).count(), name).toBe(0)
    // Its token ends: it is out at once, and told so.
    await server.call('DELETE', `/admin/domains/red/tokens/${read.json.id}`)
    await reader.page.goto(`${server.url}/ui/runs`)
    await reader.page.getByText('Your token has ended').waitFor()
    expect([...mine.faults, ...reader.faults, ...admin.faults]).toEqual([])
    await Promise.all([mine, reader, admin].map(({ context }) => context.close()))
  })

  test('in the dark and on a phone nothing is wrong either: no sideways scroll, and axe finds nothing', async () => {
    // The server's own worker is in this one.
    const { token } = (await server.call('POST', '/admin/domains/prod/tokens', { name: 'phone', role: 'domain' })).json
    const [job] = await Promise.all(
      ['one with a rather long name that does not fit', 'two'].map(async (name) => {
        const script = 'echo "something rather long that is wrapped on a phone, since it is wider than that"'
        return (await server.call('POST', '/jobs/', { name, executor: { type: 'shell', script } })).json._id
      }),
    )
    const run = await until('its run', async () => {
      const [one] = (await server.call('GET', `/jobs/${job}/runs`)).json
      return one?.status === 'success' ? one._id : undefined
    })
    const phone = { width: 360, height: 720 }
    const tab = await openTab(browser, { viewport: phone, colorScheme: 'dark', hasTouch: true })
    await signIn(tab, token)
    const { page, faults } = tab
    for (const path of ['', 'jobs', `jobs/${job}`, 'runs', `runs/${run}`, 'new', 'import']) {
      await page.goto(`${server.url}/ui/${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.getByText('Live', { exact: true }).waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(phone.width)
      expect(await axeFinds(page), path).toEqual([])
    }
    expect(faults).toEqual([])
    await tab.context.close()
  })
})
