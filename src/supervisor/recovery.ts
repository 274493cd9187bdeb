import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { keptTail } from '../model/log.ts'
import { newlines } from './bytes.ts'
import { Chunker, type ChunkerState } from './chunker.ts'
import { type Folder, fileNameOf, spoolPath } from './folder.ts'
import type { Accepted, Entries, Journal } from './journal.ts'
import type { EndNote } from './messages.ts'
import { allPids, bootId, descendantsOf, environmentOf, processFacts } from './proc.ts'
import { removeAll } from './remove-all.ts'
import { readFrames, SpoolWriter } from './spool.ts'
import { Tail } from './tail.ts'

/** Between two looks whether what was killed is gone, and how long it is looked for; ms. */
const lookEvery = 10
const patience = 5_000

/**
 * Ends what an earlier supervisor of the folder left behind, and closes its books: an attempt that has no end in the
 * journal is lost, with all the output that reached its spool. To be called before anyone is listened to.
 */
export async function recover(folder: Folder, journal: Journal): Promise<void> {
  const open = [...journal.held.values()].filter((entries) => entries.ended === null)
  // After a restart of the machine none of the processes is left, and the pids are other ones'.
  if (open.length > 0 && journal.lastBoot === bootId()) await endAll(open)
  for (const entries of open) journal.ended(closeBooks(folder, entries))
  journal.settle()
  removeLeftovers(folder, journal)
}

/** Folders of attempts, in the background since they may be large, and spools that nobody will ask for any more. */
function removeLeftovers(folder: Folder, journal: Journal): void {
  for (const name of readdirSync(folder.tmp)) void removeAll(join(folder.tmp, name))
  const wanted = new Set([...journal.held.values()].map(({ accepted: { run_id, token } }) => fileNameOf(run_id, token)))
  for (const name of readdirSync(folder.spool))
    if (!wanted.has(name)) rmSync(join(folder.spool, name), { force: true, recursive: true })
}

/** KILL, again and again, until nothing of the attempts is left: what is killed may have forked the moment before. */
async function endAll(open: readonly Entries[]): Promise<void> {
  const until = performance.now() + patience
  for (let left = leftOf(open); left.length > 0; left = leftOf(open)) {
    for (const pid of left) tryToKill(pid)
    if (performance.now() > until) return console.error(`processes of lost attempts do not end: ${left.join(', ')}`)
    await wait(lookEvery)
  }
}

/** By session, by descent and by the marker in the environment: what escaped from one is found by another. */
function leftOf(open: readonly Entries[]): number[] {
  const marks = new Set(open.map(({ accepted }) => markOf(accepted.run_id, String(accepted.attempt))))
  const sessions = new Set(open.flatMap(({ spawned }) => (spawned && isOurSession(spawned) ? spawned.pid : [])))
  const found = new Set<number>()
  for (const pid of allPids()) {
    const facts = pid === process.pid ? null : processFacts(pid)
    if (facts === null || facts.state === 'Z') continue
    const environment = environmentOf(pid)
    const mark = markOf(environment.get('HYDRA_RUN_ID') ?? '', environment.get('HYDRA_ATTEMPT') ?? '')
    if (!sessions.has(facts.session) && !marks.has(mark)) continue
    found.add(pid)
    for (const below of descendantsOf(pid)) if (processFacts(below)?.state !== 'Z') found.add(below)
  }
  return [...found]
}

const markOf = (run: string, attempt: string): string => `${run} ${attempt}`

/** A pid is not given again while a session bears it: if its leader is gone, or still the same, the session is ours. */
function isOurSession({ pid, start }: { readonly pid: number; readonly start: number | null }): boolean {
  const facts = processFacts(pid)
  return facts === null || facts.start === start
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}

/** The end of a lost attempt: what its spool holds, and a line in it that says what happened. */
function closeBooks(folder: Folder, { accepted, spawned }: Entries): EndNote {
  const { run_id, token, attempt, needles } = accepted
  const path = spoolPath(folder, run_id, token)
  const { state, tails, size } = readBack(path)
  const spool = SpoolWriter.reopen(path, size)
  const chunker = new Chunker((chunk) => {
    spool.append(chunk)
    tails[chunk.stream].push(chunk.bytes)
    return true
  }, state)
  const now = Date.now()
  // Also where no process was seen to start: it may have been, in the moment before the journal could say so.
  chunker.note(
    `[hydra] attempt ${attempt} was interrupted: its supervisor ended; what it wrote from then on is not known`,
    now,
  )
  spool.close()
  return {
    kind: 'ended',
    run_id,
    token,
    cause: 'lost',
    returncode: null,
    start_ts: spawned?.start_ts ?? null,
    end_ts: now,
    reason: 'its supervisor ended',
    seen: nothingSeen(needles),
    stdout: tails.stdout.take(),
    stderr: tails.stderr.take(),
    last_seq: chunker.seq,
    bytes: state.pos,
    dropped: 0,
  }
}

/** No rule is judged by what a lost attempt wrote. */
const nothingSeen = (needles: Accepted['needles']): EndNote['seen'] => ({
  stdout_contains: needles.stdout_contains.map(() => false),
  stdout_not_contains: needles.stdout_not_contains.map(() => false),
  stderr_contains: needles.stderr_contains.map(() => false),
  stderr_not_contains: needles.stderr_not_contains.map(() => false),
})

/** Where the output of an attempt stood when its supervisor ended: up to the last frame that is whole. */
function readBack(path: string): { state: ChunkerState; tails: Record<'stdout' | 'stderr', Tail>; size: number } {
  const tails = { stdout: new Tail(keptTail), stderr: new Tail(keptTail) }
  const stands: { [stream in 'stdout' | 'stderr']: { offset: number; open: number | null } } = {
    stdout: { offset: 0, open: null },
    stderr: { offset: 0, open: null },
  }
  const whole = [...readFrames(path, 0, true)]
  const file = whole.length > 0 ? readFileSync(path) : Buffer.alloc(0)
  let [seq, pos, lines, size] = [0, 0, 0, 0]
  for (const frame of whole) {
    const bytes = file.subarray(frame.at, frame.at + frame.length)
    tails[frame.stream].push(bytes)
    const isOpen = bytes.at(-1) !== 10
    const last = frame.line + newlines(bytes) - (isOpen ? 0 : 1)
    stands[frame.stream] = { offset: frame.offset + frame.length, open: isOpen ? last : null }
    lines = Math.max(lines, last)
    seq = frame.seq
    pos = frame.pos + frame.length
    size = frame.at + frame.length
  }
  return { state: { seq, pos, lines, ...stands }, tails, size }
}
