import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, CDPSession } from 'playwright-core'
import { openTab, type Tab } from '../test/browser/browser.ts'
import { percentile } from './load.ts'
import { probe } from './page-probe.ts'
import { token } from './server.ts'

/** A line of 10 Mbit/s, with what a packet takes there and back. */
const line = { offline: false, latency: 20, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 }

/** A tab that is signed in as the admin, with the probe in it, at no place yet. */
async function openBlank(browser: Browser): Promise<Tab> {
  const tab = await openTab(browser)
  await tab.context.addInitScript((given) => sessionStorage.setItem('hydra_token', given), token)
  await tab.context.addInitScript(probe)
  return tab
}

/** A place of the page in such a tab. */
export async function openProbed(browser: Browser, origin: string, path = ''): Promise<Tab> {
  const tab = await openBlank(browser)
  await tab.page.goto(`${origin}/ui/${path}`)
  await tab.page.getByRole('navigation', { name: 'Main' }).waitFor()
  return tab
}

/** What a load brought over the line, bytes as they were sent. */
export interface Brought {
  js: number
  css: number
}

/** A tab whose cache is empty, behind a slow line; what it brings is counted. */
export async function openSlow(browser: Browser): Promise<Tab & { readonly brought: Brought }> {
  const tab = await openBlank(browser)
  const cdp = await tab.context.newCDPSession(tab.page)
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', line)
  return { ...tab, brought: counted(cdp) }
}

function counted(cdp: CDPSession): Brought {
  const kinds = new Map<string, keyof Brought>()
  const brought: Brought = { js: 0, css: 0 }
  cdp.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script') kinds.set(requestId, 'js')
    if (type === 'Stylesheet') kinds.set(requestId, 'css')
  })
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId)
    if (kind !== undefined) brought[kind] += encodedDataLength
  })
  return brought
}

/** A server of one bare page, whose only script is so many bytes long and does nothing but say that it is there. */
export async function bareServer(bytes: number, rows = 0): Promise<{ readonly url: string; readonly end: () => void }> {
  const filler = `/*${'x'.repeat(Math.max(0, bytes - 40))}*/document.title = 'there'`
  const list = Array.from({ length: rows }, (_, at) => `<div style="height:45px">row ${at}</div>`).join('')
  const html = `<!doctype html><title>bare</title><div id=list style="height:700px;overflow:auto">${list}</div><script src=/filler.js></script>`
  const server = createServer((request, answer) => {
    const isScript = request.url === '/filler.js'
    answer.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? filler : html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${portOf(server.address())}/`, end: () => void server.close() }
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('it listens on no port')
  return address.port
}

/** What the process that draws a tab holds in memory by itself (its proportional set), and its JavaScript heap. MB */
export async function memoryOf(browser: Browser, { page, context }: Tab): Promise<{ process: number; heap: number }> {
  const cdp = await context.newCDPSession(page)
  await cdp.send('HeapProfiler.collectGarbage')
  const { usedSize } = await cdp.send('Runtime.getHeapUsage')
  const all = await browser.newBrowserCDPSession()
  const { processInfo } = await all.send('SystemInfo.getProcessInfo')
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => proportional(id))
  await Promise.all([cdp.detach(), all.detach()])
  return { process: Math.max(...sizes), heap: usedSize / 1e6 }
}

const proportional = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1000

/** Prints times and what they are held to: the 95th percentile, or the slowest of less than twenty. @returns whether it holds */
export function tell(name: string, times: readonly number[], most: number, beside = ''): boolean {
  const [median, high] = [percentile(times, 50), percentile(times, 95)]
  return show(
    name,
    `p50 ${median.toFixed(0)}, p95 ${high.toFixed(0)} of ${times.length}`,
    `${most} ms`,
    high <= most,
    beside,
  )
}

/** Prints a figure beside what it is held to. */
export function show(name: string, figure: string, target: string, holds: boolean, beside = ''): boolean {
  console.log(`${holds ? ' ' : '!'} ${name.padEnd(58)} ${figure.padEnd(26)} ${target.padEnd(9)} ${beside}`)
  return holds
}

/** A figure for the column beside, from times of the same. */
export const median = (what: string, times: readonly number[]): string =>
  `${what} ${percentile(times, 50).toFixed(0)}, p95 ${percentile(times, 95).toFixed(0)} ms`
