import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isWhole } from '../../../test/selection.ts'
import type { Store } from '../../ports/store.ts'
import { openStore } from '../open.ts'

const fixture = fileURLToPath(new URL('./kill.fixture.ts', import.meta.url))
const rounds = isWhole ? 12 : 4

/** What the writer said it was told, until it was killed. A line that was cut off was not said. */
async function killedWriter(url: string, seed: number, after: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [fixture, url, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), after)
    said += text
  })
  const [, signal] = await once(child, 'close')
  expect(signal).toBe('SIGKILL')
  return said.split('\n').slice(0, -1)
}

/** The newest word on each thing. */
function wordsOf(lines: readonly string[]) {
  const [runs, chunks, jobs] = [new Map<string, number>(), new Map<string, number>(), new Set<string>()]
  for (const line of lines) {
    const [what, id = '', value = ''] = line.split(' ')
    if (what === 'job') jobs.add(id)
    else (what === 'run' ? runs : chunks).set(id, Number(value))
  }
  return { runs, chunks, jobs }
}

async function expectAll(store: Store, lines: readonly string[]): Promise<void> {
  const { runs, chunks, jobs } = wordsOf(lines)
  const lost: string[] = []
  for (const [id, rev] of runs) {
    const stored = await store.runs.withOutput(id)
    // It may be further than what was told, by what was committed and not told any more; never behind.
    if (stored === null || stored.run.rev < rev) lost.push(`run ${id}`)
    else if (stored.run.rev > 1 && !stored.output.stdout.startsWith('rev ')) lost.push(`output of ${id}`)
  }
  for (const [id, seq] of chunks) {
    const newest = (await store.logs.last(id, 1))?.seq ?? 0
    if (newest < seq || (await store.logs.read(id, { attempt: 0, seq: 0 }, 1e9)).length !== newest)
      lost.push(`log of ${id}`)
  }
  expect(lost).toEqual([])
  for (const id of jobs) await expectTotals(store, id)
}

/** Totals and runs agree, whatever was settled when the writer died. */
async function expectTotals(store: Store, jobId: string): Promise<void> {
  const count = async () => (await store.jobs.figures([jobId], 0))[0]
  const before = await count()
  for (let open = await store.runs.withEffects(500); open.length > 0; open = await store.runs.withEffects(500))
    await store.runs.settle(open)
  expect(await count()).toEqual(before)
  let listed = 0
  for (let after: string | null = null; ; ) {
    const query = {
      domain: null,
      job_id: jobId,
      status: null,
      worker_id: null,
      user: null,
      since: null,
      until: null,
      q: null,
    }
    const page = await store.runs.list(query, { limit: 1000, after, oldestFirst: true }, 0)
    listed += page.length
    after = page.at(-1)?.run._id ?? null
    if (after === null) break
  }
  expect(before?.total).toBe(listed)
}

describe('a writer killed at a random moment', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  test(`loses nothing that was acknowledged (seed ${seed})`, { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hydra-kill-'))
    const url = `sqlite:${folder}`
    const said: string[] = []
    for (let round = 0; round < rounds; round++) {
      const lines = await killedWriter(url, seed + round, ((seed + round * 7919) % 250) + 1)
      said.push(...lines)
      const store = await openStore(url)
      await expectAll(store, lines)
      if (round === rounds - 1) await expectAll(store, said)
      await store.close()
    }
    expect(said.length).toBeGreaterThan(rounds * 20)
    rmSync(folder, { recursive: true })
  })
})
