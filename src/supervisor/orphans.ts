import { descendantsOf, environmentOf, type ProcessFacts, processFacts } from './proc.ts'
import type { TreeEvents } from './processes.ts'

/** A job's first process. */
export interface Leader {
  readonly pid: number
  /** Clock ticks since boot. */
  readonly start: number
  readonly run_id: string
  readonly attempt: number
  readonly events: TreeEvents
  /** Dead, and left unreaped until nothing is left of its tree: so neither its pid nor its group can be given again. */
  exited: boolean
}

interface Orphan {
  readonly facts: ProcessFacts
  owner: Leader | null
  /** While it has no owner: the attempts that ran when it was born. */
  readonly candidates: ReadonlySet<Leader>
}

type Lineage = Map<number, { readonly start: number; readonly leader: Leader }>

/** How much of the process tree a look may walk: a job that forks without end must not hold the supervisor. */
const lineageLimit = 5000

/**
 * What jobs left behind and is now our child, and whose it is: by its session, by the parents seen while they lived,
 * by the marker in its environment (a job may clear it). What cannot be told apart goes with the last attempt that
 * was running when it was born.
 */
export class Orphans {
  readonly #orphans = new Map<number, Orphan>()
  /** Session → whose it is, as learned. */
  readonly #sessions = new Map<number, Leader>()
  /** pid → whose descendant it was when last looked at. */
  readonly #lineage: Lineage = new Map()

  /** @param strangers every child of ours that is no leader */
  adopt(strangers: readonly number[], leaders: ReadonlyMap<number, Leader>): void {
    if (strangers.length === 0 && this.#orphans.size === 0) return
    const present = new Set(strangers)
    for (const pid of this.#orphans.keys()) if (!present.has(pid)) this.#orphans.delete(pid)
    for (const pid of strangers) {
      const known = this.#orphans.get(pid)
      if (known?.owner) continue
      const facts = processFacts(pid)
      if (facts === null) continue
      const owner = this.#ownerOf(facts, leaders)
      if (owner !== null) this.#sessions.set(facts.session, owner)
      if (known !== undefined) known.owner = owner
      else this.#orphans.set(pid, { facts, owner, candidates: owner === null ? bornUnder(facts, leaders) : new Set() })
    }
  }

  /**
   * What cannot be told apart goes with the last attempt of its time.
   * @returns those of whose time no attempt is left at all
   */
  claim(leaders: ReadonlyMap<number, Leader>): number[] {
    const nobodys: number[] = []
    for (const [pid, orphan] of this.#orphans) {
      if (orphan.owner !== null) continue
      const candidates = [...orphan.candidates]
      if (candidates.some((candidate) => !candidate.exited)) continue
      orphan.owner = candidates.findLast((candidate) => leaders.get(candidate.pid) === candidate) ?? null
      if (orphan.owner === null) nobodys.push(pid)
    }
    return nobodys
  }

  of(leader: Leader): number[] {
    const found: number[] = []
    for (const [pid, orphan] of this.#orphans) if (orphan.owner === leader) found.push(pid)
    return found
  }

  delete(pid: number): void {
    this.#orphans.delete(pid)
  }

  leaderGone(leader: Leader): void {
    for (const [session, owner] of this.#sessions) if (owner === leader) this.#sessions.delete(session)
    for (const [pid, seen] of this.#lineage) if (seen.leader === leader) this.#lineage.delete(pid)
  }

  /** Remembers who descends from whom, for the time when the parents between are gone. */
  noteLineage(leaders: readonly Leader[]): void {
    this.#lineage.clear()
    for (const leader of leaders) {
      const room = lineageLimit - this.#lineage.size
      if (room <= 0) continue
      for (const pid of descendantsOf(leader.pid, room)) {
        const facts = processFacts(pid)
        if (facts !== null) this.note(facts, leader)
      }
    }
  }

  /** One that was just seen below this leader. */
  note({ pid, start }: ProcessFacts, leader: Leader): void {
    this.#lineage.set(pid, { start, leader })
  }

  #ownerOf(facts: ProcessFacts, leaders: ReadonlyMap<number, Leader>): Leader | null {
    const bySession = leaders.get(facts.session) ?? this.#sessions.get(facts.session)
    if (bySession !== undefined) return bySession
    const seen = this.#lineage.get(facts.pid)
    if (seen !== undefined && seen.start === facts.start) return seen.leader
    const environment = environmentOf(facts.pid)
    const [run, attempt] = [environment.get('HYDRA_RUN_ID'), Number(environment.get('HYDRA_ATTEMPT'))]
    for (const leader of leaders.values()) if (leader.run_id === run && leader.attempt === attempt) return leader
    return null
  }
}

function bornUnder(facts: ProcessFacts, leaders: ReadonlyMap<number, Leader>): Set<Leader> {
  return new Set([...leaders.values()].filter((leader) => leader.start <= facts.start))
}
