import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream, rmSync, statSync } from 'node:fs'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { percentile } from './load.ts'
import { askApart, call, load, makeJob } from './runs.ts'
import { type BenchedServer, startServer, token } from './server.ts'

const lineCount = 1_000_000
/** What the figures are held to. */
const least = { searchPace: 100 }
const most = { firstPage: 1000, page: 100, pause: 100 }

/** A million lines of about a hundred bytes; each thousandth tells of an error. */
const writer = `awk 'BEGIN { for (i = 1; i <= ${lineCount}; i++)
  printf "2026-03-01T08:00:%02d.%03dZ worker-%02d request %07d answered in %3d ms with %s, %d bytes of it new\\n",
    i / 1000 % 60, i % 1000, i % 37, i, i * 7919 % 1000, i % 1000 ? "status 200 ok" : "ERROR: timed out", i * 31 % 65536 }'`

const show = (name: string, value: string, holds = true): void =>
  console.log(`${holds ? ' ' : '!'} ${name.padEnd(62)} ${value}`)

const timed = async <T>(act: () => Promise<T>): Promise<[value: T, ms: number]> => {
  const begin = performance.now()
  return [await act(), performance.now() - begin]
}

/** Reads lines, searches and downloads of one large log, and what the API's other callers feel of it. */
export async function logs(): Promise<void> {
  const server = await startServer(2, undefined, { LOG_LIMIT_BYTES: String(2 ** 30) })
  const copy = join(server.folder, 'copy.log')
  try {
    const run = await largeRun(server)
    await pages(server, run)
    await download(server, run, copy)
    await searches(server, run, copy)
    await others(server, run)
    await neighbours(server, run)
  } finally {
    rmSync(copy, { force: true })
    await server.end()
  }
}

async function largeRun({ port }: BenchedServer): Promise<string> {
  const job = await makeJob(port, { type: 'shell', script: writer, shell: 'sh' })
  const { run_id } = await call(port, 'POST', `/jobs/${job}/run`)
  const [seen, ms] = await timed(async () => {
    for (let reads = 1; ; reads += 1) {
      const { complete, total_lines } = await call(port, 'GET', `/runs/${run_id}/log/lines?from=-50&count=50`)
      if (complete === true) return { reads, lines: Number(total_lines) }
    }
  })
  show(
    `a run writes ${lineCount} lines, its last ones read all the time`,
    `${(ms / 1000).toFixed(1)} s, ${seen.reads} pages read`,
    seen.lines === lineCount,
  )
  return String(run_id)
}

async function pages({ port }: BenchedServer, run: string): Promise<void> {
  const page = (from: number) => timed(() => call(port, 'GET', `/runs/${run}/log/lines?from=${from}&count=200`))
  const [, first] = await page(-200)
  show('200 lines at the end', `${first.toFixed(0)} ms`, first <= most.firstPage)
  const times: number[] = []
  for (let n = 1; n <= 200; n += 1) times.push((await page(((n * 7919) % 5000) * 200 + 1))[1])
  const p95 = percentile(times, 95)
  show('200 lines anywhere', `p50 ${percentile(times, 50).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`, p95 <= most.page)
}

/** Bytes a second of what a server answers, MB; to a file if one is named. */
async function drawn(port: number, path: string, to?: string): Promise<number> {
  const begin = performance.now()
  let bytes = 0
  await new Promise<void>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers: { 'x-api-key': token } }, (answer) => {
      answer.on('data', (data: Buffer) => {
        bytes += data.length
      })
      if (to === undefined) answer.on('end', resolve).on('error', reject)
      else pipeline(answer, createWriteStream(to)).then(resolve, reject)
    }).on('error', reject)
  })
  return bytes / 1000 / (performance.now() - begin)
}

/** The same file from a server that does nothing else. */
async function bare(file: string): Promise<number> {
  const server = createServer((_, answer) => void pipeline(createReadStream(file), answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = server.address()
  const pace = await drawn(address !== null && typeof address === 'object' ? address.port : 0, '/')
  server.close()
  return pace
}

async function fileRead(file: string): Promise<number> {
  let bytes = 0
  const [, ms] = await timed(async () => {
    for await (const data of createReadStream(file, { highWaterMark: 512 * 1024 })) bytes += data.length
  })
  return bytes / 1000 / ms
}

async function download({ port }: BenchedServer, run: string, copy: string): Promise<void> {
  await drawn(port, `/runs/${run}/log`, copy)
  const rounds = { ours: [] as number[], bare: [] as number[], file: [] as number[] }
  for (let round = 0; round < 5; round += 1) {
    rounds.ours.push(await drawn(port, `/runs/${run}/log`))
    rounds.bare.push(await bare(copy))
    rounds.file.push(await fileRead(copy))
  }
  const [ours, plain, file] = [rounds.ours, rounds.bare, rounds.file].map((paces) => percentile(paces, 50))
  show(
    `a download of ${(statSync(copy).size / 1e6).toFixed(0)} MB`,
    `${ours?.toFixed(0)} MB/s; a bare server of the file ${plain?.toFixed(0)}, the file read raw ${file?.toFixed(0)}`,
  )
}

/** How many lines match: one search, or several where its time is over. */
async function searched(port: number, run: string, query: string): Promise<number> {
  for (let [from, total] = [1, 0]; ; ) {
    const answer = await call(port, 'GET', `/runs/${run}/log/search?${query}&limit=1&from=${from}`)
    total += Number(answer.total)
    if (answer.searched_to === answer.total_lines) return total
    from = Number(answer.searched_to) + 1
  }
}

async function searches({ port }: BenchedServer, run: string, copy: string): Promise<void> {
  const size = statSync(copy).size / 1000
  const q = (text: string): string => `q=${encodeURIComponent(text)}`
  for (const [name, query, grep, held] of [
    ['a text, its case mattering', `${q('ERROR')}&case=true`, ['ERROR'], true],
    ['a text, whatever its case', q('error'), ['-i', 'error'], true],
    ['a text that is nowhere', q('no such thing'), ['-i', 'no such thing'], true],
    ['a text on every line', q('worker'), ['-i', 'worker'], false],
    ['an expression', `${q('ERROR|FATAL|panic')}&regex=true&case=true`, ['-E', 'ERROR|FATAL|panic'], false],
    [
      'an expression with much to try',
      `${q('worker-\\d+ .* in +9\\d\\d ms')}&regex=true&case=true`,
      ['-P', 'worker-\\d+ .* in +9\\d\\d ms'],
      false,
    ],
  ] as const) {
    const [ours, theirs]: [number[], number[]] = [[], []]
    for (let round = 0; round < 3; round += 1) {
      const [found, ms] = await timed(() => searched(port, run, query))
      const [counted, grepMs] = await timed(() => grepCount([...grep, copy]))
      if (found !== counted) show(name, `found ${found} lines, grep ${counted}`, false)
      ours.push(size / ms)
      theirs.push(size / grepMs)
    }
    const [pace, grepPace] = [percentile(ours, 50), percentile(theirs, 50)]
    show(
      `a search for ${name}`,
      `${pace.toFixed(0)} MB/s; grep -c ${grepPace.toFixed(0)}`,
      !held || pace >= least.searchPace,
    )
  }
}

/** Lines that match; grep ends with 1 where none does. */
async function grepCount(args: readonly string[]): Promise<number> {
  const run = promisify(execFile)
  const answer = await run('grep', ['-c', ...args]).catch((error: { stdout: string }) => error)
  return Number(answer.stdout)
}

/** One party of readers beside another that floods: an admin of every domain floods, and one of this domain reads. */
async function neighbours({ port }: BenchedServer, run: string): Promise<void> {
  const asked = async (count: number): Promise<readonly number[]> => {
    const times: number[] = []
    for (let n = 0; n < count; n += 1) {
      const path = `/runs/${run}/log/lines?domain=prod&count=50&from=${((n * 7919) % 5000) * 200 + 1}`
      times.push((await timed(() => call(port, 'GET', path)))[1])
    }
    return times
  }
  const quiet = await asked(100)
  let isOver = false
  const flood = Array.from({ length: 30 }, async () => {
    const query = `q=${encodeURIComponent('(a|b|ab)*c(a|b){20}d')}&regex=true`
    while (!isOver) await call(port, 'GET', `/runs/${run}/log/search?${query}`)
  })
  await asked(5)
  const busy = await asked(100)
  isOver = true
  await Promise.all(flood)
  const of = (p: number): string => `p${p} ${percentile(quiet, p).toFixed(1)} → ${percentile(busy, p).toFixed(1)} ms`
  show('50 lines beside 30 hostile searches of another', `${of(50)}, ${of(95)}`, percentile(busy, 95) <= most.page)
}

/** The API's other callers: alone, and beside searches and a download that never end. */
async function others({ port }: BenchedServer, run: string): Promise<void> {
  const body = JSON.stringify({
    name: 'beside',
    executor: { type: 'shell', script: 'true' },
    schedule: { enabled: false },
  })
  const asked = [
    { name: 'GET /health', what: load(port, { path: '/health', count: 600, pace: 150 }) },
    { name: 'POST /jobs/', what: load(port, { method: 'POST', path: '/jobs/', body, count: 600, pace: 150 }) },
  ]
  const times = asked.map(() => ({ quiet: [] as number[], busy: [] as number[] }))
  for (let round = 0; round < 3; round += 1)
    for (const kind of ['quiet', 'busy'] as const) {
      const stop = kind === 'busy' ? busyWith(port, run) : async () => {}
      for (const [n, { what }] of asked.entries()) times[n]?.[kind].push(...(await askApart(what)).times)
      await stop()
    }
  for (const [n, { name }] of asked.entries()) {
    const { quiet = [], busy = [] } = times[n] ?? {}
    const of = (p: number): string => {
      const [alone, beside] = [percentile(quiet, p), percentile(busy, p)]
      return `p${p} ${alone.toFixed(1)} → ${beside.toFixed(1)} ms (${(beside / alone).toFixed(1)} times)`
    }
    show(`${name} beside two searches and a download`, `${of(50)}, ${of(99)}`, percentile(busy, 99) <= most.pause)
  }
}

/** @returns how to stop */
function busyWith(port: number, run: string): () => Promise<void> {
  let isOver = false
  const again = async (act: () => Promise<unknown>): Promise<void> => {
    while (!isOver) await act()
  }
  const all = [
    again(() => searched(port, run, 'q=no+such+thing')),
    again(() => searched(port, run, 'q=ERROR%7CFATAL&regex=true')),
    again(() => drawn(port, `/runs/${run}/log`)),
  ]
  return async () => {
    isOver = true
    await Promise.all(all)
  }
}
