export type { Role } from '../model/domain.ts'
export type { Fault } from '../model/errors.ts'
export type { StreamName } from '../model/log.ts'
export type { FinalStatus, RunStatus } from '../model/run-status.ts'
export { finalStatuses, isFinal, liveStatuses, runStatuses } from '../model/run-status.ts'
export type { WorkerState } from '../model/session.ts'
export type { AuditDocument } from '../model/wire/audit.ts'
export type { GanttDocument, GraphDocument, GridDocument } from '../model/wire/charts.ts'
export type { DomainAnswer, DomainDocument, DoneDocument } from '../model/wire/domain.ts'
export type { HealthDocument, ReadyDocument } from '../model/wire/health.ts'
export type {
  DeletedDocument,
  JobDocument,
  QueuedDocument,
  VerdictDocument,
  VersionDocument,
} from '../model/wire/job.ts'
export type { OverviewDocument, QueueDocument } from '../model/wire/queue.ts'
export type { ExplanationDocument, RunDocument, RunMark, RunWithAttempts } from '../model/wire/run.ts'
export type { PreviewDocument, TickDocument } from '../model/wire/schedule.ts'
export type { QuantilesDocument, StatsDocument } from '../model/wire/stats.ts'
export type { EventDocument, LogCaughtUpDocument, LogChunkDocument, LogEndDocument } from '../model/wire/stream.ts'
export type { TokenAnswer, TokenDocument } from '../model/wire/token.ts'
export type { WorkerDocument, WorkerStateDocument } from '../model/wire/worker.ts'
export type { DomainInput, TokenInput } from './admin.ts'
export { type AuditQuery, HydraClient, type IdentifiedEvent } from './client.ts'
export { ApiError, UnreachableError } from './errors.ts'
export type { StreamOptions } from './event-stream.ts'
export type { ExecutorInput, JobInput, JobPatch, ScheduleInput } from './input.ts'
export type { JobQuery, TickQuery } from './jobs.ts'
export type { Once } from './once.ts'
export type { Page, PageQuery } from './pages.ts'
export type { LogEvent, LogQuery, RunQuery, WaitOptions } from './runs.ts'
export type { ClientOptions } from './transport.ts'
