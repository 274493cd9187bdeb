import { createHash } from 'node:crypto'
import type { Requirement, WorkerFacts } from '../../model/affinity.ts'
import { classKey, fits } from '../../model/placement.ts'
import { rows, text } from '../../redis/answers.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import { readFacts } from './records.ts'

/**
 * Which runs fit which workers is a question of words, which only the schedulers can answer; Redis keeps the answers. They
 * are about classes of runs and kinds of workers, both named by a hash of their content: so an answer holds for ever, whoever
 * gave it. A class that names hosts or subnets is told from one that does not by its letter: `p` (placed) or `m`. A worker
 * is of two kinds: m without its host and address, which a whole fleet may share, and p with them.
 */
type Letter = 'm' | 'p'

const named = (letter: Letter, content: string): string =>
  letter + createHash('sha256').update(content).digest('base64url').slice(0, 22)

const isPlaced = ({ affinity }: Requirement): boolean => affinity.hostnames.length > 0 || affinity.subnets.length > 0

export const classIdOf = (domain: string, need: Requirement): string =>
  named(isPlaced(need) ? 'p' : 'm', classKey(domain, need))

const letterOf = (id: string): Letter => (id.startsWith('p') ? 'p' : 'm')

/** A kind and the facts that make it, as JSON. */
export interface Kind {
  readonly id: string
  readonly facts: string
}

/** The two kinds of a worker. */
export function kindsOf(worker: WorkerFacts): { readonly m: Kind; readonly p: Kind } {
  const sorted = (words: readonly string[]): readonly string[] => [...words].sort()
  const make: WorkerFacts = {
    os: worker.os,
    tags: sorted(worker.tags),
    allowed_users: sorted(worker.allowed_users),
    queues: sorted(worker.queues),
    deployment_type: worker.deployment_type,
    capabilities: sorted(worker.capabilities),
    hostname: '',
    ip: '',
    subnet: '',
  }
  const kind = (letter: Letter, facts: WorkerFacts): Kind => {
    const json = JSON.stringify(facts)
    return { id: named(letter, json), facts: json }
  }
  const { hostname, ip, subnet } = worker
  return { m: kind('m', make), p: kind('p', { ...make, hostname, ip, subnet }) }
}

/** The classes among these that a kind fits. */
export const fittingClasses = (facts: WorkerFacts, classes: ReadonlyMap<string, Requirement>, kind: string): string[] =>
  [...classes].filter(([id, need]) => letterOf(id) === letterOf(kind) && fits(need, facts)).map(([id]) => id)

interface Known {
  readonly version: string
  readonly facts: ReadonlyMap<string, WorkerFacts>
  /** Kinds that fit, by class. */
  readonly fitting: Map<string, readonly string[]>
}

/** Remembered classes per domain; a tenant may make as many as he likes. */
const mostRemembered = 10_000

/** The kinds of workers as this process last read them; Redis says when they have changed. */
export class KindBook {
  readonly #redis: RedisConnection
  readonly #known = new Map<string, Known>()

  constructor(redis: RedisConnection) {
    this.#redis = redis
  }

  /** The version that is known of the kinds of a class's letter; empty: of none. */
  version(domain: string, letter: Letter): string {
    return this.#known.get(`${letter}${domain}`)?.version ?? ''
  }

  versionFor(domain: string, classId: string): string {
    return this.version(domain, letterOf(classId))
  }

  /** The kinds that fit a class, by what is known. */
  fitting(domain: string, classId: string, need: Requirement): readonly string[] {
    const known = this.#known.get(letterOf(classId) + domain)
    if (!known) return []
    const before = known.fitting.get(classId)
    if (before) return before
    const found = [...known.facts].filter(([, facts]) => fits(need, facts)).map(([id]) => id)
    if (known.fitting.size >= mostRemembered) known.fitting.clear()
    known.fitting.set(classId, found)
    return found
  }

  /** Reads the kinds anew, of the letters that these classes have. */
  async refresh(domain: string, classIds: Iterable<string>): Promise<void> {
    const letters = new Set([...classIds].map(letterOf))
    await Promise.all([...letters].map((letter) => this.#read(domain, letter)))
  }

  async #read(domain: string, letter: Letter): Promise<void> {
    const [version, pairs] = await this.#redis.call('kinds', domain, [letter]).then(pairOf)
    const facts = new Map(rows(pairs, 2).map(([id = '', json = '']) => [id, readFacts(json)]))
    this.#known.set(letter + domain, { version: text(version), facts, fitting: new Map() })
  }
}

function pairOf(answer: unknown): readonly [unknown, unknown] {
  if (Array.isArray(answer) && answer.length === 2) return [answer[0], answer[1]]
  throw new Error('Redis answered something else than a version and its kinds.')
}
