import type { AuditDocument } from '../../../../src/client/index.ts'

/** What was done, in words; the thing follows. */
export const actWords = {
  'job.create': 'made the job',
  'job.adhoc': 'ran once the job',
  'job.update': 'changed the job',
  'job.delete': 'deleted the job',
  'job.run': 'started the job',
  'run.cancel': 'cancelled the run',
  'run.retry': 'retried the run',
  'worker.state': 'told the worker',
  'domain.create': 'made the domain',
  'domain.change': 'changed the domain',
  'domain.rotate': 'rotated the token of',
  'domain.delete': 'deleted the domain',
  'token.create': 'made the token',
  'token.retire': 'retired the token',
  'token.delete': 'revoked the token',
} satisfies Record<AuditDocument['action'], string>

/** A field that is otherwise now; null: it was not there, or is not any more. */
interface FieldChange {
  readonly name: string
  readonly before: string | null
  readonly after: string | null
}

/** Letters of a value that are shown. */
const longest = 120

const shown = (value: unknown): string | null => {
  if (value === undefined || value === null) return null
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** What is otherwise, field by field. Pure. */
export function changeOf({ before, after }: Pick<AuditDocument, 'before' | 'after'>): readonly FieldChange[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  return [...names]
    .map((name) => ({ name, before: shown(before?.[name]), after: shown(after?.[name]) }))
    .filter((change) => change.before !== change.after)
}
