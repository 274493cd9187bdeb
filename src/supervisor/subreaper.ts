import { openSync, readSync } from 'node:fs'
import process from 'node:process'
import type { Libc } from './libc.ts'
import { type Leader, Orphans } from './orphans.ts'
import { descendantsOf, type ProcessFacts, pids, processFacts } from './proc.ts'

const [anyChild, oneChild] = [0, 1]
const [noHang, exited, leaveIt] = [1, 4, 0x01000000]
const setChildSubreaper = 36
const kill = 9
/** ms; with more attempts than these every eighth time only. */
const [lookEvery, mostLookedAtOften] = [250, 32]
const [statusExited, codeAt, pidAt, statusAt] = [1, 8, 16, 24]

/**
 * Linux: as a child subreaper this process becomes the parent of whatever its jobs leave behind, in whichever session or
 * group. So the list of our own children tells whether anything of a job is left: one short read at each exit.
 */
export class Subreaper {
  readonly #libc: Libc
  readonly #leaders = new Map<number, Leader>()
  readonly #orphans = new Orphans()
  readonly #info = Buffer.alloc(128)
  readonly #status = [0]
  /** Opened once: it stays readable when this process is no longer dumpable. Orphans become the main thread's children. */
  readonly #childrenFile: number
  #childrenText = Buffer.alloc(4096)
  #ending = 0
  #looks = 0

  constructor(libc: Libc) {
    this.#libc = libc
    if (libc.prctl(setChildSubreaper, 1, 0, 0, 0) !== 0) throw new Error('prctl(PR_SET_CHILD_SUBREAPER) was refused')
    this.#childrenFile = openSync(`/proc/self/task/${process.pid}/children`, 'r')
    process.on('SIGCHLD', () => this.sweep())
    // Mends a lost signal, and sees whose children are whose while their parents live.
    setInterval(() => this.#look(), lookEvery).unref()
  }

  add(leader: Leader): void {
    this.#leaders.set(leader.pid, leader)
  }

  /** Sees who has died, reaps, and tells of it. */
  sweep(): void {
    this.#seeTheDead()
    if (this.#ending > 0) this.#seeTheEmptied()
  }

  signal(leader: Leader, signal: number): void {
    if (this.#leaders.get(leader.pid) !== leader) return
    this.#adopt()
    // Seen before the group hears it: a parent that dies of it first takes with it the knowledge whose child this is.
    const seen = this.#membersOf(leader)
    for (const facts of seen) this.#orphans.note(facts, leader)
    this.#libc.kill(-leader.pid, signal)
    for (const { pid, start, group } of seen) {
      if (group === leader.pid) continue
      // Read in the same breath as the signal is sent: a later process that was given this pid has another start.
      const now = processFacts(pid)
      if (now?.start === start && now.state !== 'Z') this.#libc.kill(pid, signal)
    }
  }

  #membersOf(leader: Leader): ProcessFacts[] {
    const below = leader.exited ? [] : descendantsOf(leader.pid)
    const orphans = this.#orphans.of(leader)
    return [...below, ...orphans.flatMap((orphan) => [orphan, ...descendantsOf(orphan)])].flatMap(
      (pid) => processFacts(pid) ?? [],
    )
  }

  #seeTheDead(): void {
    for (;;) {
      const pid = this.#nextDead(anyChild, 0)
      if (pid === 0) return
      if (this.#leaders.get(pid)?.exited) break
      this.#seen(pid)
    }
    this.#seeTheDeadOneByOne()
  }

  /** waitid names a leader that is kept unreaped over and over: ask for each of the others instead. */
  #seeTheDeadOneByOne(): void {
    for (const pid of this.#children())
      if (!this.#leaders.get(pid)?.exited && this.#nextDead(oneChild, pid) === pid) this.#seen(pid)
  }

  #nextDead(kind: number, id: number): number {
    this.#info.writeInt32LE(0, pidAt)
    const failed = this.#libc.waitid(kind, id, this.#info, exited | noHang | leaveIt)
    return failed === 0 ? this.#info.readInt32LE(pidAt) : 0
  }

  /** Of the child that `#info` tells of. */
  #seen(pid: number): void {
    const leader = this.#leaders.get(pid)
    if (leader === undefined) {
      this.#reap(pid)
      this.#orphans.delete(pid)
      return
    }
    const status = this.#info.readInt32LE(statusAt)
    const returncode = this.#info.readInt32LE(codeAt) === statusExited ? status : -status
    leader.exited = true
    // Its children became ours before its death could be seen: whoever is not in this list, is not.
    this.#adopt()
    const alone = this.#orphans.of(leader).length === 0
    if (alone) this.#forget(leader)
    else this.#ending += 1
    leader.events.exited(returncode, alone)
  }

  /** Learns what is left of whom. */
  #adopt(): void {
    this.#orphans.adopt(this.#strangers(), this.#leaders)
    for (const pid of this.#orphans.claim(this.#leaders)) this.#libc.kill(pid, kill)
  }

  #seeTheEmptied(): void {
    this.#adopt()
    for (const leader of [...this.#leaders.values()]) {
      if (!leader.exited || this.#orphans.of(leader).length > 0) continue
      this.#ending -= 1
      this.#forget(leader)
      leader.events.emptied()
    }
  }

  #forget(leader: Leader): void {
    this.#leaders.delete(leader.pid)
    this.#orphans.leaderGone(leader)
    this.#reap(leader.pid)
  }

  #reap(pid: number): void {
    this.#libc.waitpid(pid, this.#status, noHang)
  }

  #look(): void {
    this.sweep()
    if (this.#leaders.size > mostLookedAtOften && ++this.#looks % 8 !== 0) return
    this.#orphans.noteLineage([...this.#leaders.values()].filter((leader) => !leader.exited))
  }

  /** Children of ours that are no leaders. */
  #strangers(): number[] {
    return this.#children().filter((pid) => !this.#leaders.has(pid))
  }

  #children(): number[] {
    for (;;) {
      const length = readSync(this.#childrenFile, this.#childrenText, 0, this.#childrenText.length, 0)
      // A short read may still be cut at a page: only the next one, which is empty, proves the end.
      const more =
        length === 0
          ? 0
          : readSync(this.#childrenFile, this.#childrenText, length, this.#childrenText.length - length, length)
      if (length + more < this.#childrenText.length && more === 0)
        return pids(this.#childrenText.toString('latin1', 0, length))
      this.#childrenText = Buffer.alloc(this.#childrenText.length * 2)
    }
  }
}
