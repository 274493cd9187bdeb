import type { WorkerCard } from '../model/session.ts'
import type { Ack, Aside, Grant, Held, Registered, Renewal, Report } from './link.ts'

/** Who speaks over a link from elsewhere: the domain that its token is of. */
export interface Visitor {
  readonly domain: string
  /** SHA-256 of its token, in hex. */
  readonly tokenHash: string
  /** Where the way that the words came is one worker's own; else the proof's secret says whose they are. */
  readonly workerId: string | null
}

/** A session and the secret that makes it the speaker's own. */
export interface Proof {
  readonly session: string
  /** null where the way is the worker's own. */
  readonly secret: string | null
}

/** What a link from elsewhere brings to the control plane. As the port of links, with who speaks. */
export interface RemoteDesk {
  /** @throws FORBIDDEN for a worker of another domain than its token's, UNAUTHENTICATED where the token does not hold, CONFLICT where the id is in use */
  register(visitor: Visitor, card: WorkerCard, secretHash: string): Promise<Registered>
  claim(visitor: Visitor, proof: Proof, free: number, signal: AbortSignal): Promise<readonly Grant[]>
  /** @param sentAt when the renewal was sent, or came, by this process's monotonic clock, ms; now unless given */
  renew(visitor: Visitor, proof: Proof, held: readonly Held[], sentAt?: number, aside?: Aside): Promise<Renewal>
  report(visitor: Visitor, proof: Proof, reports: readonly Report[]): Promise<readonly Ack[]>
  goodbye(visitor: Visitor, proof: Proof): Promise<void>
  /** The next cancels for the session; empty when aborted. */
  cancels(visitor: Visitor, proof: Proof, signal: AbortSignal): Promise<readonly Held[]>
}
