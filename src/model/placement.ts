import type { Requirement, WorkerFacts } from './affinity.ts'
import { exclusion } from './exclusion.ts'
import type { Millis } from './time.ts'

/** Ranks what waits: highest priority first, oldest first within it; the lowest score goes first. Exact in a double. */
export const score = (priority: number, due: Millis): number => (1000 - priority) * 2 ** 42 + due

/**
 * The class of a run: runs of one class fit exactly the same workers. The user counts always: whether a worker
 * restricts users is the worker's matter, and a user of its own class costs one more head to look at.
 */
export function classKey(domain: string, need: Requirement): string {
  const { affinity } = need
  const lists = [
    affinity.os,
    affinity.tags,
    affinity.allowed_users,
    affinity.hostnames,
    affinity.subnets,
    affinity.deployment_types,
  ]
  return JSON.stringify([domain, need.queue, need.user, need.executor_type, ...lists.map((list) => [...list].sort())])
}

export const fits = (need: Requirement, worker: WorkerFacts): boolean => exclusion(need, worker) === null

/** A worker's load, for the choice among those that fit. */
export interface Load {
  readonly running: number
  readonly max: number
}

/** Orders workers: the least loaded first (running / max), then the one with the fewest running. */
export const byLoad = (one: Load, other: Load): number =>
  one.running / one.max - other.running / other.max || one.running - other.running
