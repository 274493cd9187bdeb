import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { seedStore } from '../bench/seed.ts'
import { openBrowser, openTab } from '../test/browser/browser.ts'
import { newFolder, RealServer, until } from '../test/e2e/server.ts'

// Pictures of the page's screens, light and dark, wide and on a phone, from a real server over a seeded store and jobs that
// really run: `npm run build && node scripts/screenshots.ts`. They land in docs/screenshots/.

const target = fileURLToPath(new URL('../docs/screenshots/', import.meta.url))
const wide = { width: 1280, height: 800 }
const phone = { width: 360, height: 740 }

/** A week of history, as the benchmarks' seed makes it. */
async function startSeeded(): Promise<RealServer> {
  const folder = newFolder()
  await seedStore(folder, { jobs: 120, runs: 30_000, pending: 0, days: 7, until: Date.now() })
  return RealServer.start({ folder })
}

interface Shown {
  readonly failed: string
  readonly live: string
  readonly job: string
}

/** Jobs as somebody might have them, and runs of them: one fails, one goes on, one waits for a worker that is not there. */
async function runSome(server: RealServer): Promise<Shown> {
  const cron = (line: string) => ({ schedule: { mode: 'cron', cron: line, timezone: 'Europe/Berlin' } })
  const make = async (name: string, script: string, more = {}): Promise<string> =>
    (await server.call('POST', '/jobs/', { name, executor: { type: 'shell', script }, ...more })).json._id
  const sync = await make(
    'sync-warehouse',
    'sleep 0.$((RANDOM % 9)); [ $((RANDOM % 6)) -gt 0 ] || { echo "fatal: the remote end hung up" >&2; exit 128; }',
    { ...cron('*/15 * * * *'), retries: 0 },
  )
  for (let count = 0; count < 36; count += 1) await server.call('POST', `/jobs/${sync}/run`)
  await server.call('PUT', `/jobs/${sync}`, { timeout: 300 })
  const { run: failed } = await server.submit(importScript, { name: 'nightly-import', retries: 1 })
  const { run: live } = await server.submit(trainScript, { name: 'train-forecast' })
  await make('render-video', 'true', { affinity: { tags: ['gpu'] } })
  await server.runIs(failed)
  await until('its runs to end', async () => {
    const waiting = await server.call('GET', `/jobs/${sync}/runs?status=pending,dispatched,running&limit=1`)
    return waiting.json.length === 0
  })
  return { failed, live, job: sync }
}

const importScript = `printf '\\033[1mImport of 2026-11-24\\033[0m\\n'
for i in $(seq 240); do printf '\\033[32mok\\033[0m   orders/part-%03d.csv  %s rows\\n' $i $((i * 37 % 4000)); done
printf '\\033[31mERROR\\033[0m orders/part-241.csv: cannot be read, see https://wiki.example.org/imports#damaged\\n'
echo 'rolling back'
for i in $(seq 30); do echo "  removed batch $i"; done
exit 42`

const trainScript = `for i in $(seq 1 40); do printf '\\033[36mepoch %02d\\033[0m  loss %s\\n' $i 0.$((900 - i * 17)); sleep 0.05; done
echo 'WARNING: learning rate is low' >&2; sleep 600`

interface Picture {
  readonly name: string
  readonly path: string
  readonly ready: (page: Page) => Promise<unknown>
  readonly dark?: boolean
  readonly small?: boolean
}

const screensOf = ({ failed, live, job }: Shown): readonly Picture[] => [
  { name: 'overview', path: '?range=week', ready: (page) => page.locator('canvas').waitFor(), dark: true, small: true },
  { name: 'jobs', path: 'jobs', ready: (page) => page.locator('[role=img]').nth(3).waitFor(), dark: true, small: true },
  { name: 'job', path: `jobs/${job}`, ready: (page) => page.getByRole('row').nth(3).waitFor(), dark: true },
  { name: 'runs', path: 'runs', ready: (page) => page.getByRole('row').nth(3).waitFor(), small: true },
  {
    name: 'run-failed',
    path: `runs/${failed}`,
    ready: (page) => page.getByText('cannot be read').waitFor(),
    dark: true,
    small: true,
  },
  { name: 'run-live', path: `runs/${live}`, ready: (page) => page.getByText('epoch 40').waitFor() },
  {
    name: 'builder',
    path: `jobs/${job}/edit`,
    ready: (page) => page.getByText('Valid', { exact: true }).waitFor(),
    dark: true,
  },
  {
    name: 'versions',
    path: `jobs/${job}?tab=versions`,
    ready: (page) => page.getByText('What changed since').waitFor(),
  },
  { name: 'queue', path: 'queue', ready: (page) => page.getByText('render-video').first().waitFor() },
  { name: 'workers', path: 'workers', ready: (page) => page.getByRole('heading', { level: 1 }).waitFor() },
]

async function shoot(
  server: RealServer,
  browser: Browser,
  colorScheme: 'light' | 'dark',
  viewport: { readonly width: number; readonly height: number },
  pictures: readonly Picture[],
): Promise<void> {
  const { page, context, faults } = await openTab(browser, { viewport, colorScheme, timezoneId: 'Europe/Berlin' })
  // The printed link works once; a token works in every one of these tabs.
  await page.goto(`${server.url}/ui/`)
  await page.getByRole('textbox', { name: 'Token' }).fill('an-admin-token-of-the-tests-0123456789')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  for (const { name, path, ready } of pictures) {
    await page.goto(`${server.url}/ui/${path}`)
    await ready(page)
    await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => {})
    const size = viewport === phone ? '-phone' : colorScheme === 'dark' ? '-dark' : ''
    await page.screenshot({ path: `${target}${name}${size}.png` })
  }
  if (faults.length > 0) throw new Error(faults.join('\n'))
  await context.close()
}

const server = await startSeeded()
const browser = await openBrowser()
try {
  const shown = await runSome(server)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const screens = screensOf(shown)
  await shoot(server, browser, 'light', wide, screens)
  await shoot(
    server,
    browser,
    'dark',
    wide,
    screens.filter(({ dark }) => dark),
  )
  await shoot(
    server,
    browser,
    'light',
    phone,
    screens.filter(({ small }) => small),
  )
} finally {
  await browser.close()
  await server.clean()
}
