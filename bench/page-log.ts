import type { Browser } from 'playwright-core'
import type { BenchCaller } from './caller.ts'
import { answers, lastLine } from './page-loads.ts'
import { after, frames, scrolling, seen } from './page-probe.ts'
import { median, memoryOf, openProbed, openSlow, show, tell } from './page-tab.ts'
import { call } from './runs.ts'

const name = 'a million lines'

/** A million lines of about a hundred bytes; each thousandth tells of an error. */
const writer = `awk 'BEGIN { for (i = 1; i <= 1000000; i++)
  printf "2026-03-01T08:00:%02d.%03dZ worker-%02d request %07d answered in %3d ms with %s, %d bytes of it new\\n",
    i / 1000 % 60, i % 1000, i % 37, i, i * 7919 % 1000, i % 1000 ? "status 200 ok" : "ERROR: timed out", i * 31 % 65536 }'`

/** A run of a million lines: one that an earlier benchmark left in this store, or a new one. */
export async function largeRun(port: number): Promise<string> {
  const kept = Object.values(await call(port, 'GET', `/runs/?q=${encodeURIComponent(name)}&status=success&limit=1`))[0]
  if (typeof kept === 'object' && kept !== null && '_id' in kept) return String(kept._id)
  const executor = { type: 'shell', script: writer, shell: 'sh' }
  const job = await call(port, 'POST', '/jobs/', { name, executor, schedule: { enabled: false } })
  const { run_id } = await call(port, 'POST', `/jobs/${job._id}/run`)
  for (;;) {
    const { status, end_ts } = await call(port, 'GET', `/runs/${run_id}`)
    if (status === 'success') return String(run_id)
    if (end_ts !== null) throw new Error(`it ended as ${status}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** A run of 1,000,000 lines, 100 MB: opened, linked to, searched, looked at otherwise, scrolled. */
export async function log(
  browser: Browser,
  origin: string,
  caller: BenchCaller,
  run: string,
  tries: number,
): Promise<void> {
  const tab = await openProbed(browser, origin, `runs/${run}`)
  const { page, context } = tab
  await seen(page, lastLine)
  const lines = `/runs/${run}/log/lines?from=-200&count=200`
  const opened: number[] = []
  for (let at = 0; at < tries; at += 1) {
    await page.goto(`${origin}/ui/runs/${run}`, { waitUntil: 'commit' })
    opened.push(await seen(page, `${lastLine} && document.querySelector('h1')`))
  }
  tell(
    '1,000,000 lines, 112 MB: header and last screen',
    opened,
    1000,
    median('GET its last 200 lines', await answers(caller, lines, tries)),
  )
  await slowly(browser, origin, run)
  const linked: number[] = []
  for (let at = 0; at < tries; at += 1) {
    const line = 100_000 + at * 7919
    await page.goto(`${origin}/ui/runs/${run}?line=${line}`, { waitUntil: 'commit' })
    const centred = `(() => {
      const box = document.querySelector('[role=log]').getBoundingClientRect()
      const row = document.querySelector('[data-line="${line}"][data-marked]').getBoundingClientRect()
      return row.height > 0 && bench.text('[data-line="${line}"]').includes('request') && Math.abs((row.top + row.bottom - box.top - box.bottom) / 2) < box.height / 5
    })()`
    linked.push(await seen(page, centred))
  }
  tell('a link to a line, until it is seen in the middle', linked, 1500)
  await search(tab, origin, caller, run, tries)
  await toggles(tab, origin, run, tries)
  await page.goto(`${origin}/ui/runs/${run}`)
  await seen(page, lastLine)
  const { fps, longest, rows } = await frames(page, 5000, scrolling('[role=log]', -60))
  show(
    'the log, scrolled, frames a second',
    `${fps.toFixed(1)}, longest ${longest.toFixed(0)} ms, ${rows} lines`,
    '55',
    fps >= 55,
  )
  const { process, heap } = await memoryOf(browser, tab)
  await page.goto('about:blank')
  const empty = await memoryOf(browser, tab)
  const beside = `an empty page: ${empty.process.toFixed(0)} MB`
  show(
    'memory of the page after all this',
    `${process.toFixed(0)} MB, heap ${heap.toFixed(0)}`,
    '150 MB',
    process < 150,
    beside,
  )
  await context.close()
}

/** Over a slow line, what is not fetched shows. */
async function slowly(browser: Browser, origin: string, run: string): Promise<void> {
  const { page, context } = await openSlow(browser)
  let bytes = 0
  page.on('response', (answer) => {
    if (answer.url().includes('/log')) bytes += Number(answer.headers()['content-length'] ?? 0)
  })
  await page.goto(`${origin}/ui/runs/${run}`, { waitUntil: 'commit' })
  await seen(page, lastLine)
  show('  what of the log is fetched for that', `${(bytes / 1000).toFixed(0)} kB`, '', true)
  await context.close()
}

async function search(
  { page }: { page: Awaited<ReturnType<typeof openProbed>>['page'] },
  origin: string,
  caller: BenchCaller,
  run: string,
  tries: number,
): Promise<void> {
  for (const [kind, words, regex] of [
    ['a text that is rare', Array.from({ length: tries }, (_, at) => `request 04${10 + at}77`), false],
    [
      'a text in each thousandth line',
      Array.from({ length: tries }, (_, at) => 'ERROR: timed'.slice(0, 8 + (at % 5))),
      false,
    ],
    ['an expression', Array.from({ length: tries }, (_, at) => `request 05${10 + at}[0-4]77 .* new`), true],
  ] as const) {
    const times: number[] = []
    for (const word of words) {
      await page.goto(`${origin}/ui/runs/${run}${regex ? '?regex=true' : ''}`)
      await seen(page, lastLine)
      const box = page.getByLabel('Search the whole log')
      await box.fill(word.slice(0, -1))
      await seen(
        page,
        `/^[\\d,]+$|Not found/.test(document.querySelector('[aria-label="Log of the run"] [role=status]')?.textContent)`,
      )
      const look = `new URL(location).searchParams.get('find') === ${JSON.stringify(word)} && /^[\\d,]+$|Not found/.test(bench.text('[aria-label="Log of the run"] [role=status]'))`
      times.push((await after(page, () => page.keyboard.press(word.slice(-1)), look)).data)
    }
    const path = `/runs/${run}/log/search?q=${encodeURIComponent(words[0] ?? '')}${regex ? '&regex=true' : ''}`
    tell(`a search for ${kind}, to how many`, times, 1000, median('GET …/search', await answers(caller, path, tries)))
  }
  // One of the hits, by the button: n of N.
  await page.goto(`${origin}/ui/runs/${run}?find=${encodeURIComponent('ERROR: timed out')}`)
  await page.getByText('1,000', { exact: true }).waitFor()
  const steps: number[] = []
  for (let at = 1; at <= tries; at += 1) {
    const look = `bench.text('[aria-label="Log of the run"] [role=status]').startsWith('${at} of 1,000') && document.querySelector('[data-marked]')?.textContent.includes('ERROR')`
    steps.push((await after(page, () => page.getByRole('button', { name: 'Next hit' }).click(), look)).data)
  }
  tell('the next hit, to its line and n of N', steps, 1000)
}

async function toggles(
  { page }: { page: Awaited<ReturnType<typeof openProbed>>['page'] },
  origin: string,
  run: string,
  tries: number,
): Promise<void> {
  await page.goto(`${origin}/ui/runs/${run}`)
  await seen(page, lastLine)
  await page.getByLabel('How the log is shown, and download').click()
  const times: number[] = []
  for (let at = 0; at < tries; at += 1)
    for (const name of ['Wrap long lines', 'Times']) {
      const item = page.getByRole('menuitem', { name })
      const was = (await item.textContent())?.includes('✓') === true
      const look = `[...document.querySelectorAll('[role=menuitem]')].some((one) => one.textContent.startsWith('${name}') && one.textContent.includes('✓') !== ${was})`
      times.push((await after(page, () => item.click(), look)).data)
    }
  tell('wrap and times, to the lines so', times, 100, 'two frames at 60 Hz are 33 ms')
}
