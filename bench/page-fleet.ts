import { randomBytes } from 'node:crypto'
import type { Browser } from 'playwright-core'
import type { BenchCaller } from './caller.ts'
import { answers } from './page-loads.ts'
import { after, frames, scrolling } from './page-probe.ts'
import { median, memoryOf, openProbed, show, tell } from './page-tab.ts'
import { call } from './runs.ts'

const count = 500

const cardOf = (at: number) => ({
  ...{ domain: 'prod', worker_id: `grid-${String(at).padStart(3, '0')}`, os: 'linux', tags: [`rack-${at % 20}`] },
  ...{
    allowed_users: [],
    queues: ['grid'],
    hostname: `host-${at}`,
    ip: `10.0.${at >> 8}.${at & 255}`,
    subnet: '10.0.0',
  },
  ...{ deployment_type: 'docker', capabilities: ['shell'], max_concurrency: 8, kill_level: 'group', run_user: 'hydra' },
  ...{ cpu_count: 8, python_version: null, cwd: '/', version: '0.1.0', first_state: 'online' },
  // They beat no more: an hour is longer than this lasts.
  ttl: 3_600_000,
})

/** Registers so many workers over HTTP. @returns how they say goodbye */
async function register(port: number): Promise<() => Promise<void>> {
  const named = { name: `grid-${randomBytes(4).toString('hex')}`, role: 'worker' }
  const { id, token } = await call(port, 'POST', '/admin/domains/prod/tokens', named)
  const link = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const headers = { 'x-api-key': String(token), 'content-type': 'application/json' }
    const answer = await fetch(`http://127.0.0.1:${port}/link/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
    const parsed: unknown = await answer.json()
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  }
  const sessions: { session: unknown; secret: string }[] = []
  for (let at = 0; at < count; at += 1) {
    const secret = randomBytes(16).toString('hex')
    const { session } = await link('register', { card: cardOf(at), secret })
    sessions.push({ session, secret })
  }
  return async () => {
    for (const proof of sessions) await link('goodbye', proof)
    await call(port, 'DELETE', `/admin/domains/prod/tokens/${id}`)
  }
}

/** Five hundred workers in one grid. */
export async function grid(
  browser: Browser,
  origin: string,
  caller: BenchCaller,
  port: number,
  tries: number,
): Promise<void> {
  const goodbye = await register(port)
  try {
    const tab = await openProbed(browser, origin)
    const { page, context } = tab
    let streams = 0
    page.on('request', (request) => {
      if (request.url().includes('/stream')) streams += 1
    })
    const times: number[] = []
    for (let at = 0; at < tries; at += 1) {
      streams = 0
      await page.goto(`${origin}/ui/`)
      await page.getByText('Live', { exact: true }).waitFor()
      const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Workers' })
      times.push((await after(page, () => link.click(), `document.querySelectorAll('article').length > 6`)).data)
    }
    tell(
      `${count} workers, a click to their grid`,
      times,
      500,
      median('GET /workers/', await answers(caller, '/workers/', tries)),
    )
    const { fps, longest, rows } = await frames(page, 5000, scrolling('main'))
    show(
      '  scrolled, frames a second',
      `${fps.toFixed(1)}, longest ${longest.toFixed(0)} ms`,
      '55',
      fps >= 55,
      `${rows} cards at most in the document`,
    )
    show('  streams that the page has open', String(streams), '1', streams === 1)
    const { process, heap } = await memoryOf(browser, tab)
    show('  memory', `${process.toFixed(0)} MB, heap ${heap.toFixed(0)}`, '', true)
    await context.close()
  } finally {
    await goodbye()
  }
}
