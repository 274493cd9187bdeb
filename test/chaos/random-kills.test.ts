import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { isAlive, newFolder, RealServer } from '../e2e/server.ts'
import { isWhole } from '../selection.ts'
import { type Accepted, recording, recordsOf, submit } from './load.ts'
import { assertAllTrue } from './truths.ts'

const kills = isWhole ? 20 : 2
/** HYDRA_CHAOS_SEED replays the choices of an earlier run. */
const seed = Number(process.env.HYDRA_CHAOS_SEED ?? Date.now() % 2 ** 31)

/** Mulberry32: a small generator whose whole state is its seed. */
function random(state: number): () => number {
  let a = state
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

let server: RealServer | null = null
afterEach(() => server?.clean())

test(`killed at ${kills} random moments under load, every accepted run ends once (HYDRA_CHAOS_SEED=${seed})`, {
  timeout: 300_000,
}, async () => {
  console.log(`HYDRA_CHAOS_SEED=${seed}`)
  const next = random(seed)
  const folder = newFolder()
  const records = recordsOf(folder)
  const accepted: Accepted = { runs: new Set(), jobs: new Set() }
  for (let kill = 0; kill < kills; kill += 1) {
    const [moment, both, pause, count] = [next() * 500, next() < 0.5, next() * 0.05, 2 + Math.floor(next() * 5)]
    server = await RealServer.start({ folder })
    const job = {
      name: 'load',
      max_failovers: 1000,
      executor: { type: 'shell', script: recording(records, Number(pause.toFixed(3))), env: { RECORDS: records } },
    }
    // The first is accepted before the clock runs: on a busy machine no answer may come within any of these moments.
    await submit(server, accepted, job)
    const submitted = Promise.all(Array.from({ length: count }, () => submit(server as RealServer, accepted, job)))
    await wait(moment)
    const supervisor = server.supervisorPid
    if (both && supervisor !== null && isAlive(supervisor)) process.kill(supervisor, 'SIGKILL')
    await server.end('SIGKILL')
    await submitted
  }
  server = await RealServer.start({ folder })
  expect(accepted.jobs.size).toBeGreaterThan(0)
  await assertAllTrue(server, accepted)
})
