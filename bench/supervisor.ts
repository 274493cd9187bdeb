import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { connectSupervisor } from '../src/supervisor/client.ts'
import type { Note, Start } from '../src/supervisor/messages.ts'

// How many runs a second does the supervisor start and end by itself, driven over its socket as an agent does?
//   node bench/supervisor.ts [COUNT] [AT_A_TIME] [SHELL_COMMAND] [child_process]

const [count, atATime, command] = [Number(process.argv[2] ?? 10_000), Number(process.argv[3] ?? 16), process.argv[4]]
const spawner = process.argv[5] === 'child_process' ? 'child_process' : undefined

const order = (n: number): Start => ({
  kind: 'start',
  run_id: `run-${n}`,
  ...{ job_id: 'bench', domain: 'prod', token: 1, attempt: 1, slot: n % atATime },
  file: '/bin/sh',
  args: ['-c', command ?? 'true'],
  env: { PATH: '/usr/bin:/bin', HYDRA_RUN_ID: `run-${n}`, HYDRA_ATTEMPT: '1' },
  ...{ cwd: null, script: null, verbatim: false },
  ...{ timeout: 0, grace: 5000, log_limit: 64 * 1024 * 1024 },
  needles: { stdout_contains: [], stdout_not_contains: [], stderr_contains: [], stderr_not_contains: [] },
})

const residentMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** CPU time of a process so far, in ms. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const folder = mkdtempSync(join(tmpdir(), 'hydra-bench-'))
const supervisor = await connectSupervisor({
  folder,
  spawner,
  nodePath: process.env.BENCH_NODE,
  entry: process.env.BENCH_ENTRY,
})
const { pid } = supervisor
const cpuBefore = cpuOf(pid)
const before = residentMegabytes(pid)
let [started, ended] = [0, 0]

const begun = performance.now()
await new Promise<void>((resolve) => {
  const next = (): void => {
    started += 1
    if (started <= count) supervisor.send(order(started))
  }
  const hear = (note: Note): void => {
    if (note.kind !== 'ended') return
    if (note.returncode !== 0) throw new Error(note.reason)
    supervisor.send({ kind: 'ack', run_id: note.run_id, token: note.token, seq: note.last_seq, done: true })
    ended += 1
    if (ended === count) resolve()
    else next()
  }
  supervisor.onNotes((notes) => notes.forEach(hear))
  for (let i = 0; i < atATime; i += 1) next()
})
const seconds = (performance.now() - begun) / 1000

const micros = (ms: number): string => ((1000 * ms) / count).toFixed(0)
const after = residentMegabytes(pid)
console.log(`${supervisor.welcome.spawner}: ${(count / seconds).toFixed(0)} runs per second`)
console.log(
  `CPU per run: supervisor ${micros(cpuOf(pid) - cpuBefore)} µs, this driver ${micros(cpuOf(process.pid))} µs`,
)
console.log(`memory of the supervisor: ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after ${count} runs`)
supervisor.onClose(() => rmSync(folder, { recursive: true, force: true }))
supervisor.send({ kind: 'exit', now: true })
