import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { seedStore } from '../bench/seed.ts'
import { openBrowser, openTab } from '../test/browser/browser.ts'
import { adminToken, newFolder, RealServer, until } from '../test/e2e/server.ts'

// Pictures of the page's screens, each light and dark, wide and on a phone, from a real server over a seeded store and jobs that
// really run: `npm run build && node scripts/screenshots.ts`. They land in docs/screenshots/.

const target = fileURLToPath(new URL('../docs/screenshots/', import.meta.url))
const wide = { width: 1280, height: 800 }
const phone = { width: 360, height: 740 }

/** A week of history, as the benchmarks' seed makes it. */
async function startSeeded(): Promise<RealServer> {
  const folder = newFolder()
  await seedStore(folder, { jobs: 120, runs: 30_000, pending: 0, days: 7, until: Date.now() })
  return RealServer.start({ folder, env: { WORKER_ID: 'worker-1' } })
}

interface Shown {
  readonly failed: string
  readonly retried: string
  readonly live: string
  readonly job: string
  readonly worker: string
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
  const { run: retried } = await server.submit(againScript, { name: 'publish-catalogue', retries: 1 })
  const { run: live } = await server.submit(trainScript, { name: 'train-forecast' })
  await make('render-video', 'true', { affinity: { tags: ['gpu'] } })
  await Promise.all([failed, retried].map((run) => server.runIs(run)))
  await until('its runs to end', async () => {
    const waiting = await server.call('GET', `/jobs/${sync}/runs?status=pending,dispatched,running&limit=1`)
    return waiting.json.length === 0
  })
  // What comes next, as on any day.
  for (const [name, line] of Object.entries(daily)) await make(name, 'true', cron(line))
  await server.call('POST', '/admin/domains/prod/tokens', { name: 'ci', role: 'domain' })
  await server.call('POST', '/admin/domains/prod/tokens', { name: 'dashboard', role: 'read' })
  const [{ worker_id: worker }] = (await server.call('GET', '/workers/')).json
  return { failed, retried, live, job: sync, worker }
}

const importScript = `printf '\\033[1mImport of 2026-11-24\\033[0m\\n'
for i in $(seq 240); do printf '\\033[32mok\\033[0m   orders/part-%03d.csv  %s rows\\n' $i $((i * 37 % 4000)); done
printf '\\033[31mERROR\\033[0m orders/part-241.csv: cannot be read, see https://wiki.example.org/imports#damaged\\n'
echo 'rolling back'
for i in $(seq 30); do echo "  removed batch $i"; done
exit 42`

const againScript = `for i in $(seq 12); do echo "page $i of 12 written"; done
if [ "$HYDRA_ATTEMPT" = 1 ]; then echo 'ERROR: 503 from the search index' >&2; exit 1; fi
echo 'index is new: 1,284 products'`

const trainScript = `for i in $(seq 1 40); do printf '\\033[36mepoch %02d\\033[0m  loss %s\\n' $i 0.$((900 - i * 17)); sleep 0.05; done
echo 'WARNING: learning rate is low' >&2; sleep 600`

const daily = {
  'rotate-logs': '0 * * * *',
  'mail-digest': '30 7 * * 1-5',
  'refresh-prices': '*/20 * * * *',
  'close-books': '15 18 * * *',
  'renew-certificates': '45 3 * * *',
  'scan-uploads': '*/30 * * * *',
}

interface Picture {
  readonly name: string
  readonly path: string
  readonly ready: (page: Page) => Promise<unknown>
  /** What is done once it is there, to be shown. */
  readonly act?: (server: RealServer, page: Page, shown: Shown) => Promise<unknown>
}

const row = (page: Page) => page.getByRole('row').nth(3).waitFor()
const text = (words: string | RegExp) => (page: Page) => page.getByText(words).first().waitFor()

const screensOf = ({ failed, retried, live, job, worker }: Shown): readonly Picture[] => [
  { name: 'overview', path: '?range=week', ready: (page) => page.locator('canvas').waitFor() },
  { name: 'jobs', path: 'jobs', ready: (page) => page.locator('[role=img]').nth(3).waitFor() },
  { name: 'job', path: `jobs/${job}`, ready: row },
  {
    name: 'calendar',
    path: `jobs/${job}?tab=ticks`,
    ready: (page) => page.locator('td[aria-current=date] a').waitFor(),
  },
  { name: 'versions', path: `jobs/${job}?tab=versions`, ready: text('What changed since') },
  { name: 'builder', path: `jobs/${job}/edit`, ready: (page) => page.getByText('Valid', { exact: true }).waitFor() },
  {
    name: 'import',
    path: 'import',
    ready: (page) => page.getByRole('textbox').first().waitFor(),
    act: async (_, page) => {
      await page.getByRole('textbox').first().click()
      await page.keyboard.insertText(crontab)
      await page.getByText('backup.sh').first().waitFor()
    },
  },
  { name: 'runs', path: 'runs', ready: row },
  { name: 'run-failed', path: `runs/${failed}`, ready: text('cannot be read') },
  { name: 'run-live', path: `runs/${live}`, ready: text('epoch 40') },
  { name: 'compare', path: `runs/${retried}?attempt=1&beside=2`, ready: text('index is new') },
  { name: 'queue', path: 'queue', ready: text('render-video') },
  { name: 'dead-letters', path: 'queue?tab=dead', ready: row },
  { name: 'workers', path: 'workers', ready: (page) => page.getByRole('article').first().waitFor() },
  { name: 'worker', path: `workers/${worker}?domain=prod`, ready: row },
  {
    name: 'events',
    path: 'events',
    ready: text('Live'),
    act: async (server, page, shown) => {
      for (let count = 0; count < 6; count += 1) await server.call('POST', `/jobs/${shown.job}/run`)
      await page.getByRole('row').nth(12).waitFor()
    },
  },
  { name: 'admin', path: 'admin?tab=domains', ready: (page) => page.getByRole('row').nth(1).waitFor() },
  { name: 'tokens', path: 'admin?tab=tokens&domain=prod', ready: text('dashboard') },
  { name: 'audit', path: 'admin?tab=audit', ready: row },
]

const crontab = `MAILTO=ops@example.org
CRON_TZ=Europe/Berlin
# m h dom mon dow command
15 2 * * *   /srv/bin/backup.sh --full
*/10 * * * * /srv/bin/poll.sh
0 9 * * 1-5  /srv/bin/report.sh weekly
`

async function shoot(
  server: RealServer,
  browser: Browser,
  { colorScheme, viewport }: { readonly colorScheme: 'light' | 'dark'; readonly viewport: typeof wide },
  shown: Shown,
): Promise<void> {
  const { page, context, faults } = await openTab(browser, { viewport, colorScheme, timezoneId: 'Europe/Berlin' })
  // The printed link works once; a token works in every one of these tabs.
  await page.goto(`${server.url}/ui/`)
  await page.getByRole('textbox', { name: 'Token' }).fill(adminToken)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  for (const { name, path, ready, act } of screensOf(shown)) {
    await page.goto(`${server.url}/ui/${path}`)
    await ready(page)
    await act?.(server, page, shown)
    await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => {})
    await page.evaluate('document.fonts.ready')
    const looks = `${viewport === phone ? '-phone' : ''}${colorScheme === 'dark' ? '-dark' : ''}`
    await page.screenshot({ path: `${target}${name}${looks}.png` })
  }
  if (faults.length > 0) throw new Error(faults.join('\n'))
  await context.close()
}

// Its worker shows the folder that it was started in.
process.chdir('/')
const server = await startSeeded()
const browser = await openBrowser()
try {
  const shown = await runSome(server)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  for (const viewport of [wide, phone])
    for (const colorScheme of ['light', 'dark'] as const) await shoot(server, browser, { colorScheme, viewport }, shown)
} finally {
  await browser.close()
  await server.clean()
}
