import type { EventType } from '../event-type.ts'
import type { StreamName } from '../log.ts'
import type { RunStatus } from '../run.ts'

/** An event of `/events/stream`. `reset`: what happened in between is not known any more, so look at everything anew. */
export interface EventDocument {
  readonly type: EventType | 'reset'
  readonly payload: {
    readonly domain?: string | null
    readonly job_id?: string
    readonly run_id?: string
    readonly worker_id?: string
    readonly [field: string]: unknown
  }
  /** Unix seconds. */
  readonly ts: number
}

/** `log_chunk` of a run's stream: a piece of one of its two streams, in the order of `attempt`, then `seq`. */
export interface LogChunkDocument {
  readonly run_id: string
  readonly job_id: string
  readonly worker_id: string | null
  readonly domain: string
  /** Unix seconds. */
  readonly ts: number
  readonly stream: StreamName
  readonly text: string
  readonly attempt: number
  readonly seq: number
  /** The number, from 1, of the line that the chunk begins with. */
  readonly line: number
  /** The chunk goes on with a line that an earlier one of its stream began. */
  readonly cont: boolean
}

/** `end` of a run's stream: its last event. */
export interface LogEndDocument {
  readonly run_id: string
  readonly status: RunStatus
  readonly returncode: number | null
}

/** `caught_up`: all that there is so far has come, and the run is not over. Only where the stream is not to be followed. */
export interface LogCaughtUpDocument {
  readonly run_id: string
  readonly status: RunStatus
}
