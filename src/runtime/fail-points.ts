import process from 'node:process'

/**
 * Every place where a test may end the process: between two steps of an order of writes that a crash must not tear apart.
 * A name is `part.what-was-just-done`.
 */
export const failPoints = [
  'submit.reserved',
  'submit.stored',
  'submit.queued',
  'dispatch.reserved',
  'dispatch.given-out',
  'dispatch.delivered',
  'desk.claimed',
  'ingest.chunks-stored',
  'ingest.state-stored',
  'ingest.released',
  'ingest.told',
  'worker.claimed',
  'worker.ordered',
  'worker.before-report',
  'worker.after-report',
  'worker.before-ack',
  'worker.acked',
  'effects.found',
  'effects.settled',
  'tick.before-decided',
  'tick.decided',
  'tick.replaced',
  'tick.finished',
  'hold.ended',
  'delete.stored',
  'delete.cancelled',
  'verdict.blocked',
  'verdict.stored',
  // Steps that only a store on MongoDB takes one by one, only a broker on Redis, and only the link through Redis.
  'mongo.job-inserted',
  'mongo.run-inserted',
  'mongo.version-stored',
  'mongo.head-stored',
  'mongo.tick-proposed',
  'mongo.tick-inserted',
  'mongo.counted',
  'mongo.block-inserted',
  'redis.seated',
  'redis.admitted',
  'post.taken',
  'post.acted',
  'letter.sent',
] as const
export type FailPoint = (typeof failPoints)[number]

export interface Armed {
  readonly name: FailPoint
  /** The visit that kills, from 1. */
  readonly visit: number
  /** The pid of a process to be killed first (the agent's supervisor), asked for at the moment itself. */
  readonly also?: () => number | undefined
}

let armed: Armed | null = null
let visits = 0

/** From now on the point kills this process at the given visit; null disarms. Visits are counted from here. */
export function armFailPoint(point: Armed | null): void {
  armed = point
  visits = 0
}

/** Does nothing, unless a test has armed this very point: then the process ends here, as by `kill -9`. */
export function failPoint(name: FailPoint): void {
  if (armed !== null) visit(armed, name)
}

function visit(point: Armed, name: FailPoint): void {
  if (name !== point.name || ++visits !== point.visit) return
  const companion = point.also?.()
  // A companion that is gone already must not save this process.
  if (companion !== undefined) tryToKill(companion)
  tryToKill(process.pid)
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {}
}

/** What HYDRA_FAIL_POINT asks for; `both`: the supervisor is killed too. */
export interface AskedFailPoint extends Pick<Armed, 'name' | 'visit'> {
  readonly both: boolean
}

/**
 * Reads `name`, `name:N` or `name:N:both` (HYDRA_FAIL_POINT), N from 1; null where it names no point.
 */
export function parseFailPoint(text: string): AskedFailPoint | null {
  const [word, count = '1', companion, ...rest] = text.split(':')
  const name = failPoints.find((point) => point === word)
  if (name === undefined || rest.length > 0 || !/^[1-9]\d{0,8}$/.test(count)) return null
  if (companion !== undefined && companion !== 'both') return null
  return { name, visit: Number(count), both: companion === 'both' }
}
