import type { Browser, Page } from 'playwright-core'
import type { BenchCaller } from './caller.ts'
import { answers, screens } from './page-loads.ts'
import { after, frames, scrolling, seen } from './page-probe.ts'
import { bareServer, median, openProbed, show, tell } from './page-tab.ts'
import { call, makeJob } from './runs.ts'

/** What a list, a chart or a search asks the API for. */
const apiPaths = {
  overview: '/stats/runs?bucket=15m',
  jobs: '/jobs/?sort=-created_at&limit=100',
  runs: '/runs/?limit=100&tail=0',
  queue: '/queue/overview',
  workers: '/workers/',
  run: '',
} as const

/** From screen to screen by the menu, each time in a page that has fetched nothing of it yet. */
export async function clicks(browser: Browser, origin: string, caller: BenchCaller, tries: number): Promise<void> {
  const { page, context } = await openProbed(browser, origin)
  const painted: number[] = []
  const { run: _, ...all } = screens('')
  const labels = { overview: 'Overview', jobs: 'Jobs', runs: 'Runs', queue: 'Queue', workers: 'Workers' } as const
  for (const name of ['jobs', 'runs', 'queue', 'workers', 'overview'] as const) {
    const times: number[] = []
    for (let at = 0; at < tries; at += 1) {
      // Elsewhere first; the address alone would be another load.
      await page.goto(`${origin}/ui/${name === 'overview' ? 'events' : ''}`)
      await page.getByText('Live', { exact: true }).waitFor()
      const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: labels[name] })
      const look = `location.pathname === '/ui/${all[name].path}' && (${all[name].look})`
      const { data, frame } = await after(page, () => link.click(), look)
      times.push(data)
      painted.push(frame)
    }
    const path = apiPaths[name]
    tell(
      `a click on ${labels[name]}, to its data`,
      times,
      500,
      median(`GET ${path}`, await answers(caller, path, tries)),
    )
  }
  tell('each of these clicks, to the next frame', painted, 100, 'a frame at 60 Hz is 17 ms')
  await context.close()
}

/** From a row of the list to the job, or the run, that it stands for. */
export async function rows(browser: Browser, origin: string, tries: number): Promise<void> {
  const { page, context } = await openProbed(browser, origin, 'jobs')
  for (const [list, look] of [
    [
      'jobs',
      `document.querySelector('h1')?.textContent !== 'Jobs' && document.querySelector('[aria-label^="The last"], main [role=tab]')`,
    ],
    ['runs?status=success', `document.querySelector('[role=log] [data-line], [aria-label="Log of the run"] h2')`],
  ] as const) {
    const times: number[] = []
    for (let at = 0; at < tries; at += 1) {
      await page.goto(`${origin}/ui/${list}`)
      const row = page.locator('main [data-row-link]').nth(at % 10)
      await row.waitFor()
      times.push((await after(page, () => row.click(), look)).data)
    }
    tell(`a click on a row of ${list}, to what it stands for`, times, 500)
  }
  await context.close()
}

/** First rows of the list of all runs, narrowed and not, by its address in a warm cache. */
export async function firstRows(browser: Browser, origin: string, caller: BenchCaller, tries: number): Promise<void> {
  const { page, context } = await openProbed(browser, origin, 'runs')
  for (const query of ['', '?status=failed,timed_out', '?q=backup-7', '?user=user-7']) {
    const times: number[] = []
    for (let at = 0; at < tries; at += 1) {
      await page.goto(`${origin}/ui/runs${query}`, { waitUntil: 'commit' })
      times.push(await seen(page, screens('').runs.look))
    }
    const path = `/runs/${query}${query === '' ? '?' : '&'}limit=100&tail=0`
    tell(`/ui/runs${query}, to its first rows`, times, 500, median('GET', await answers(caller, path, tries)))
  }
  await context.close()
}

/** What the palette finds, after the last key. */
export async function palette(browser: Browser, origin: string, caller: BenchCaller, tries: number): Promise<void> {
  const { page, context } = await openProbed(browser, origin)
  const found: readonly { readonly name: string; readonly _id: string }[] = JSON.parse(
    (await caller.call('GET', `/jobs/?limit=${tries}`)).bytes.toString(),
  )
  const runs: readonly { readonly _id: string }[] = JSON.parse(
    (await caller.call('GET', `/runs/?limit=${tries}&tail=0`)).bytes.toString(),
  )
  const kinds = { 'the name of a job': found.map(({ name }) => name), 'a run id': runs.map(({ _id }) => _id) }
  for (const [kind, words] of Object.entries(kinds)) {
    const times: number[] = []
    for (const word of words) {
      await page.keyboard.press('Control+k')
      const box = page.getByLabel('Search for pages, jobs, runs, workers')
      // It takes the focus once it listens.
      await seen(page, `document.activeElement?.matches('input[role=combobox]')`)
      await box.fill(word.slice(0, -1))
      const look = `[...document.querySelectorAll('[role=option]')].some((one) => one.textContent.includes(${JSON.stringify(word)})) && document.querySelector('input[role=combobox]').value === ${JSON.stringify(word)}`
      times.push((await after(page, () => page.keyboard.press(word.slice(-1)), look)).data)
      await page.keyboard.press('Escape')
      await box.waitFor({ state: 'detached' })
    }
    const path = `/jobs/?q=${encodeURIComponent(words[0] ?? '')}&limit=6`
    tell(`Ctrl-K, ${kind}, to its result`, times, 300, median(`GET ${path}`, await answers(caller, path, tries)))
  }
  await context.close()
}

/** 10,000 loaded rows, scrolled; beside it rows that nothing has to be done for. */
export async function scrolls(browser: Browser, origin: string): Promise<void> {
  const bare = await bareServer(0, 10_000)
  const other = await openProbed(browser, origin)
  await other.page.goto(bare.url)
  const still = await frames(other.page, 3000, scrolling('#list'))
  await other.context.close()
  bare.end()
  const beside = `bare rows: ${still.fps.toFixed(1)}, longest ${still.longest.toFixed(0)} ms`
  for (const what of ['runs', 'jobs']) {
    const { page, context } = await openProbed(browser, origin, what)
    await page.locator('main [data-row-link]').first().waitFor()
    const loaded = await loadRows(page, 10_000)
    const { fps, longest, rows: most } = await frames(page, 5000, scrolling('main [aria-busy]'))
    const figure = `${fps.toFixed(1)}, longest ${longest.toFixed(0)} ms`
    show(`${loaded} loaded ${what}, scrolled, frames a second`, figure, '55', fps >= 55 && loaded >= 10_000, beside)
    show(`  rows in the document`, String(most), '150', most < 150)
    await context.close()
  }
}

/** Scrolls to the end until so many are there. */
async function loadRows(page: Page, count: number): Promise<number> {
  const jump = `(() => { const at = document.querySelector('main [aria-busy]'); at.scrollTop = at.scrollHeight })()`
  const last = `Math.max(...[...document.querySelectorAll('[data-index]')].map((row) => Number(row.dataset.index))) + 1`
  const deadline = performance.now() + 120_000
  for (;;) {
    const there = await page.evaluate<number>(last)
    if (there >= count || performance.now() > deadline) return there
    await page.evaluate(jump)
    await seen(page, `${last} > ${there}`).catch(() => {})
  }
}

/** Runs that end while they are looked at: how long after their end their rows say so. */
export async function changes(browser: Browser, origin: string, port: number, rounds: number): Promise<void> {
  const { page, context } = await openProbed(browser, origin, 'runs')
  await page.getByText('Live', { exact: true }).waitFor()
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const job = await makeJob(port, { type: 'shell', script: 'sleep 2.$((RANDOM % 10))' })
    const started = Array.from({ length: 6 }, async () => String((await call(port, 'POST', `/jobs/${job}/run`)).run_id))
    const ids = await Promise.all(started)
    await page.getByRole('button', { name: '6 new runs' }).click()
    const look = (id: string) =>
      `[...document.querySelectorAll('[data-row-link][title="${id}"]')].some((row) => row.closest('[role=row]').textContent.includes('Success'))`
    const shown = ids.map((id) => page.evaluate<number>(`bench.seen(() => ${look(id)}).then(() => Date.now())`))
    const at = await Promise.all(shown)
    const ends = await Promise.all(
      ids.map(async (id) => Date.parse(String((await call(port, 'GET', `/runs/${id}`)).end_ts))),
    )
    for (const [nth, end] of ends.entries()) times.push((at[nth] ?? Number.NaN) - end)
  }
  tell('a run ends, to its row that says so', times, 1000)
  await context.close()
}

/** The overview's week, and what a builder says of a cron line. */
export async function figures(browser: Browser, origin: string, caller: BenchCaller, tries: number): Promise<void> {
  const since = new Date(Date.now() - 7 * 86_400_000).toISOString()
  for (const bucket of ['2h', '15m']) {
    const path = `/stats/runs?since=${since}&bucket=${bucket}`
    tell(`seven days by ${bucket}, the API`, await answers(caller, path, tries), 300)
  }
  const { page, context } = await openProbed(browser, origin)
  const week: number[] = []
  for (let at = 0; at < tries; at += 1) {
    await page.goto(`${origin}/ui/?range=day`)
    await seen(page, screens('').overview.look)
    // The one before stays while the new is fetched: how far back its numbers lead tells them apart.
    const since = `new URL(document.querySelector('[aria-label=Outcomes] a').href).searchParams.get('since')`
    const look = `Date.now() - Date.parse(${since}) > 6 * 86_400_000`
    week.push((await after(page, () => page.getByText('Week', { exact: true }).click(), look)).data)
  }
  tell('a click on Week, to the chart of it', week, 500)
  const verdicts: number[] = []
  await page.goto(`${origin}/ui/new`)
  await page.getByRole('textbox', { name: 'Name' }).fill('built')
  await page.getByRole('textbox', { name: 'Shell script' }).click()
  await page.keyboard.insertText('true')
  await page.getByLabel('Schedule').selectOption('cron')
  for (let at = 0; at < tries; at += 1) {
    const isWrong = at % 2 === 0
    await page.getByLabel('Cron line').fill(isWrong ? '6 2 * * *' : `6${at % 10} 2 * * *`)
    const says = (isBad: boolean): string =>
      `bench.text('aside[aria-label="Checks"]:not([data-old]) [role=status]') ${isBad ? '!' : '='}== 'Valid' && document.querySelector('aside[aria-label="Checks"]:not([data-old])')`
    await seen(page, says(!isWrong))
    await page.getByLabel('Cron line').press('Home')
    verdicts.push((await after(page, () => page.keyboard.press(isWrong ? '6' : 'Delete'), says(isWrong))).data)
  }
  const validate = async (): Promise<number> =>
    (await caller.call('POST', '/jobs/validate', { name: 'x', executor: { type: 'shell', script: 'true' } })).ms
  const own: number[] = []
  for (let at = 0; at < tries; at += 1) own.push(await validate())
  tell('a key in the builder, to what the server says of it', verdicts, 300, median('POST /jobs/validate', own))
  await context.close()
}
