import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasChromium, openBrowser } from '../test/browser/browser.ts'
import { BenchCaller } from './caller.ts'
import { grid } from './page-fleet.ts'
import { links } from './page-link.ts'
import { changes, clicks, figures, firstRows, palette, rows, scrolls } from './page-lists.ts'
import { loads } from './page-loads.ts'
import { largeRun, log } from './page-log.ts'
import { seedStore } from './seed.ts'
import { startServer, token } from './server.ts'

/**
 * The page in a real Chromium, over a seeded store: what it promises in figures, each beside what it is held to.
 * @param options.folder a seeded folder to use as it is; without it one is made, and removed
 * @param options.only the parts that are measured, by the beginnings of their names with commas between
 * @param options.tries how often each is measured
 */
export async function page(options: {
  jobs: number
  runs: number
  tries: number
  folder?: string
  only?: string
}): Promise<void> {
  if (!hasChromium()) throw new Error('There is no Chromium here: CHROMIUM names one.')
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'hydra-bench-'))
  const { jobs, runs, tries } = options
  if (options.folder === undefined) {
    await seedStore(folder, { jobs, runs, pending: 2000, days: 7, until: Date.now() })
    console.log(`seeded ${jobs} jobs and ${runs} runs of seven days`)
  }
  const server = await startServer(8, folder, { LOG_LIMIT_BYTES: String(2 ** 30) })
  const browser = await openBrowser()
  const caller = new BenchCaller(server.port, token)
  try {
    const { port } = server
    const origin = `http://127.0.0.1:${port}`
    const big = await largeRun(port)
    const parts: Readonly<Record<string, () => Promise<void>>> = {
      loads: () => loads(browser, origin, big, Math.ceil(tries / 4)),
      clicks: () => clicks(browser, origin, caller, Math.ceil(tries / 2)),
      rows: () => rows(browser, origin, tries),
      first: () => firstRows(browser, origin, caller, tries),
      palette: () => palette(browser, origin, caller, tries),
      changes: () => changes(browser, origin, port, Math.ceil(tries / 5)),
      figures: () => figures(browser, origin, caller, tries),
      scrolls: () => scrolls(browser, origin),
      log: () => log(browser, origin, caller, big, Math.ceil(tries / 2)),
      links: () => links(browser, port, Math.ceil(tries / 4)),
      grid: () => grid(browser, origin, caller, port, Math.ceil(tries / 2)),
    }
    const wanted = (options.only ?? '').split(',')
    console.log(`Chromium ${browser.version()}; times in ms`)
    for (const [name, part] of Object.entries(parts))
      if (wanted.some((one) => name.startsWith(one))) await tried(name, part)
  } finally {
    caller.close()
    await browser.close()
    await server.end()
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** One that cannot be measured says so, and the others are. */
async function tried(name: string, part: () => Promise<void>): Promise<void> {
  try {
    await part()
  } catch (error) {
    process.exitCode = 1
    console.log(`! ${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
