import type { Executor } from '../model/executor.ts'
import type { JobDefinition } from '../model/job.ts'
import type { Schedule } from '../model/schedule.ts'

/** Everything in it may be left out, on every level. */
type Loose<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Loose<T[K]> } : T

/** A time as it is sent: ISO 8601; without an offset it is UTC. */
type SentTime = string | null

/** When a job runs; immediately unless it says otherwise. */
export type ScheduleInput = Omit<Loose<Schedule>, 'start_at' | 'end_at'> & {
  readonly start_at?: SentTime
  readonly end_at?: SentTime
}

/** What it runs is required, how is not. */
type Required = 'type' | 'script' | 'command' | 'code'

/** What a job runs. */
export type ExecutorInput<E = Executor> = E extends Executor
  ? Readonly<Pick<E, Extract<keyof E, Required>>> & Loose<Omit<E, Required>>
  : never

/** A job definition as it is sent: what is left out gets its default. */
export type JobInput = Loose<Omit<JobDefinition, 'name' | 'executor' | 'schedule'>> & {
  readonly name: string
  readonly executor: ExecutorInput
  readonly schedule?: ScheduleInput
}

/** A change of a job (RFC 7396): what is left out stays, an executor of another type replaces the whole. */
export type JobPatch = Loose<Omit<JobDefinition, 'executor' | 'schedule'>> & {
  readonly executor?: Loose<Executor>
  readonly schedule?: ScheduleInput
}
