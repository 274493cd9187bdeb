import type { Define } from './session.ts'

export interface CommandEntry {
  readonly name: string
  /** In the list of commands. */
  readonly summary: string
  /** Its definition: loaded when the command is called, or its help asked for. */
  readonly load: () => Promise<{ readonly define: Define }>
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'start everything on this machine',
    load: () => import('./commands/up.ts'),
  },
  { name: 'submit', summary: 'store a job from a file, or run it once', load: () => import('./commands/submit.ts') },
  { name: 'run', summary: 'start a run of a job, and follow it', load: () => import('./commands/run.ts') },
  { name: 'retry', summary: 'start a run over again', load: () => import('./commands/retry.ts') },
  { name: 'jobs', summary: 'list jobs', load: () => import('./commands/jobs.ts') },
  { name: 'runs', summary: 'list runs', load: () => import('./commands/runs.ts') },
  { name: 'logs', summary: 'show what a run says, or said', load: () => import('./commands/logs.ts') },
  { name: 'cancel', summary: 'cancel runs', load: () => import('./commands/cancel.ts') },
  { name: 'why', summary: 'say why a run waits, or a job does not run', load: () => import('./commands/why.ts') },
  { name: 'workers', summary: 'list, drain and enable workers', load: () => import('./commands/workers.ts') },
  { name: 'domains', summary: 'list, make and change domains (admin)', load: () => import('./commands/domains.ts') },
  {
    name: 'tokens',
    summary: "list, make and end a domain's tokens (admin)",
    load: () => import('./commands/tokens.ts'),
  },
  {
    name: 'scheduler',
    summary: 'start one scheduler of a fleet, on Redis and MongoDB',
    load: () => import('./commands/scheduler.ts'),
  },
  {
    name: 'worker',
    summary: 'start a worker by itself, for schedulers elsewhere',
    load: () => import('./commands/worker.ts'),
  },
]
