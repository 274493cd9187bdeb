import type { BulkResult, Chosen, HydraClient } from '../../../src/client/index.ts'

/** What is done to many, in words: `Delete 12 jobs?`, then `Deleted 12 of 12 jobs.` */
export interface BulkAct {
  readonly action: string
  readonly label: string
  readonly done: string
  /** Cannot be undone: above a hundred the word is typed. */
  readonly destroys: boolean
}

interface Preview {
  readonly matched: number
  readonly sample: readonly { readonly id: string; readonly name: string }[]
  readonly confirm: string
}

/** Jobs or runs, and what can be done to many of them. */
export interface BulkKind {
  readonly one: string
  readonly plural: string
  readonly acts: readonly BulkAct[]
  readonly preview: (hydra: HydraClient, action: string, chosen: Chosen) => Promise<Preview>
  readonly carryOut: (hydra: HydraClient, action: string, chosen: Chosen, confirm: string) => Promise<BulkResult>
}

const jobActions = ['pause', 'resume', 'run', 'delete'] as const
const runActions = ['cancel', 'retry'] as const

/** @throws where there is no such act: its list is above */
function named<T extends string>(actions: readonly T[], action: string): T {
  const found = actions.find((one) => one === action)
  if (found === undefined) throw new Error(`There is no act ${action}.`)
  return found
}

export const jobsInBulk: BulkKind = {
  one: 'job',
  plural: 'jobs',
  acts: [
    { action: 'run', label: 'Run now', done: 'Started', destroys: false },
    { action: 'pause', label: 'Pause', done: 'Paused', destroys: false },
    { action: 'resume', label: 'Resume', done: 'Resumed', destroys: false },
    { action: 'delete', label: 'Delete', done: 'Deleted', destroys: true },
  ],
  preview: (hydra, action, chosen) => hydra.bulk.jobs.preview(named(jobActions, action), chosen),
  carryOut: (hydra, action, chosen, confirm) => hydra.bulk.jobs.carryOut(named(jobActions, action), chosen, confirm),
}

export const runsInBulk: BulkKind = {
  one: 'run',
  plural: 'runs',
  acts: [
    { action: 'cancel', label: 'Cancel', done: 'Cancelled', destroys: true },
    { action: 'retry', label: 'Retry', done: 'Retried', destroys: false },
  ],
  preview: (hydra, action, chosen) => hydra.bulk.runs.preview(named(runActions, action), chosen),
  carryOut: (hydra, action, chosen, confirm) => hydra.bulk.runs.carryOut(named(runActions, action), chosen, confirm),
}
