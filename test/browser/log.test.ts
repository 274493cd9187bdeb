import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { until } from '../e2e/server.ts'
import { axeFinds, openSite } from './browser.ts'

describe('the log of a run', () => {
  const site = openSite()

  test('what comes is followed until somebody scrolls up or selects; what came then is counted, and End follows again', async () => {
    const { server, tab } = site()
    const { page, faults } = tab
    const gate = (n: number) => join(server.folder, `gate${n}`)
    const wait = (n: number) => `until [ -e ${gate(n)} ]; do sleep 0.05; done`
    const script = `seq -f 'row %.0f' 400; ${wait(1)}; seq -f 'more %.0f' 50; ${wait(2)}; seq -f 'last %.0f' 30; ${wait(3)}; echo over`
    const { run } = await server.submit(script)
    await until('its beginning', async () => (await server.log(run)).includes('row 400'))
    await page.goto(`${server.url}/ui/runs/${run}`)
    const log = page.getByRole('log')
    await log.getByText('row 400', { exact: true }).waitFor()
    const toEnd = page.getByRole('button', { name: /to the end/i })
    expect(await toEnd.count()).toBe(0)
    await log.hover()
    await page.mouse.wheel(0, -900)
    await toEnd.waitFor()
    const placeNow = () => log.evaluate(({ scrollTop }) => scrollTop)
    let place = -1
    await until('it to stand still', async () => {
      const before = place
      place = await placeNow()
      return place === before
    })
    writeFileSync(gate(1), '')
    await page.getByRole('button', { name: '50 new lines, to the end' }).waitFor()
    expect(await placeNow()).toBe(place)
    // Wherever the focus is.
    await page.keyboard.press('End')
    await log.getByText('more 50', { exact: true }).waitFor()
    expect(await toEnd.count()).toBe(0)

    const line = log.getByText('more 45', { exact: true })
    await line.dblclick({ position: { x: 40, y: 8 } })
    await toEnd.waitFor()
    writeFileSync(gate(2), '')
    await page.getByRole('button', { name: '30 new lines, to the end' }).waitFor()
    expect(await page.evaluate('String(getSelection())')).toContain('45')
    await page.getByRole('button', { name: '30 new lines, to the end' }).click()
    await log.getByText('last 30', { exact: true }).waitFor()
    // What is copied is what the job wrote: no number, no time.
    await page.evaluate(`(() => {
      const [from, to] = ['last 28', 'last 30'].map((text) => [...document.querySelectorAll('[data-line]')].find((one) => one.textContent.endsWith(text)))
      getSelection().setBaseAndExtent(from, 0, to, to.childNodes.length)
    })()`)
    expect(await page.evaluate(`String(getSelection()).split(/\\n+/).filter(Boolean)`)).toEqual([
      'last 28',
      'last 29',
      'last 30',
    ])
    writeFileSync(gate(3), '')
    await page.getByText('It succeeded').waitFor()
    expect(existsSync(gate(3))).toBe(true)
    expect(faults).toEqual([])
  })

  test('a line and a range are links, live too; the search counts over the whole log, by text or expression, of one stream or both', async () => {
    const { server, tab } = site()
    const { page, context, faults } = tab
    const { run } = await server.submit("seq -f 'row %.0f' 3000; echo 'row of stderr' >&2; read x; sleep 60")
    await until('its lines', async () => (await server.log(run)).includes('stderr'))
    await page.goto(`${server.url}/ui/runs/${run}?line=120`)
    await page.getByRole('button', { name: 'Line 130', exact: true }).click({ modifiers: ['Shift'] })
    expect(page.url()).toContain('line=120-130')
    const colleague = await context.newPage()
    await colleague.goto(page.url())
    const marked = colleague.locator('[data-marked]')
    await marked.nth(10).waitFor()
    expect(await marked.count()).toBe(11)
    const off = await marked.first().evaluate((line) => {
      const box = line.closest('[role=log]')?.getBoundingClientRect()
      const { top } = line.getBoundingClientRect()
      return box === undefined ? 1 : Math.abs(top - (box.top + box.height / 2)) / box.height
    })
    expect(off).toBeLessThan(0.1)
    await colleague.close()

    const told = (count: string) => page.getByRole('status').filter({ hasText: new RegExp(`^${count}$`) })
    await page.keyboard.press('/')
    await page.keyboard.type('row 29')
    await told('111').waitFor()
    await page.getByRole('button', { name: 'Next hit' }).click()
    // From the line that is marked on.
    await told('2 of 111').waitFor()
    await page.locator('[data-line="290"] mark').getByText('row 29').waitFor()
    await page.getByRole('button', { name: 'Previous hit' }).click()
    await told('1 of 111').waitFor()
    await page.getByLabel('Search the whole log').fill('^row (of|300)')
    await told('Not found').waitFor()
    await page.getByRole('button', { name: '.*' }).click()
    await told('3').waitFor()
    await page.getByLabel('How the log is shown, and download').click()
    await page.getByRole('menuitem', { name: 'Only stderr' }).click()
    await told('1').waitFor()
    await page.getByRole('menuitem', { name: 'Both streams' }).click()
    await told('3').waitFor()
    await page.keyboard.press('Escape')
    // The browser's own find is left to it.
    expect(
      await page.evaluate(
        `document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'f', ctrlKey: true, bubbles: true, cancelable: true }))`,
      ),
    ).toBe(true)
    await server.call('POST', `/runs/${run}/cancel`)
    expect(faults).toEqual([])
  })

  test('colours, progress and links are shown, and nothing else of it acts; how it is shown is remembered; `e` goes from error to error', async () => {
    const { server, tab } = site()
    const { page, faults } = tab
    const said = [
      String.raw`printf '\033[31mred\033[0m plain\n'`,
      String.raw`printf '10%%\r50%%\r100%%\n'`,
      String.raw`printf '\033]0;taken over\007\033[2Jafter\n'`,
      `echo 'see https://example.org/a?b=1, or mailto:ops@example.org'`,
      `echo 'javascript:alert(1) <img src=x onerror=alert(2)> <b>bold</b>'`,
      `printf '%0300d\\n' 7`,
      `echo 'ERROR: the first'; seq -f 'row %.0f' 200; echo 'ERROR: the second'`,
      'kill -9 $$',
    ]
    const { run } = await server.submit(said.join('\n'))
    await server.runIs(run, 'failed')
    await page.goto(`${server.url}/ui/runs/${run}`)
    await page
      .getByText(/SIGKILL/)
      .first()
      .waitFor()
    const log = page.getByRole('log')
    await log.locator('[class*="ansi-red"]').getByText('red').waitFor()
    expect(await log.locator('[data-line="2"]').textContent()).toMatch(/100%$/)
    expect(await log.locator('[data-line="3"]').textContent()).toMatch(/after$/)
    expect(await page.title()).not.toContain('taken over')
    const links = await log.getByRole('link').evaluateAll((all) => all.map((one) => one.getAttribute('href')))
    expect(links).toEqual(['https://example.org/a?b=1', 'mailto:ops@example.org'])
    expect(await log.locator('img, b').count()).toBe(0)
    const height = () => log.locator('[data-line="6"]').evaluate((line) => line.clientHeight)
    const before = await height()
    await page.getByLabel('How the log is shown, and download').click()
    await page.getByRole('menuitem', { name: 'Wrap long lines' }).click()
    await until('it to be wrapped otherwise', async () => (await height()) !== before)
    const times = log.getByText(/^\d\d:\d\d:\d\d$/)
    const had = (await times.count()) > 0
    await page.getByRole('menuitem', { name: 'Times' }).click()
    await until('times to be shown, or hidden', async () => (await times.count()) > 0 !== had)
    await page.keyboard.press('Escape')
    expect(await axeFinds(page)).toEqual([])
    await page.reload()
    await until('it as it was', async () => (await times.count()) > 0 !== had && (await height()) !== before)
    await page.keyboard.press('e')
    await log.locator('[data-line="208"][data-marked]').getByText('ERROR: the second').waitFor()
    expect(page.url()).toContain('line=208')
    expect(faults).toEqual([])
  })
})
