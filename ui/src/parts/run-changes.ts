import type { JobDocument } from '../../../src/client/index.ts'
import { mergePatch, patchedWith } from '../definition/merge-patch.ts'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What of a job a run may have otherwise, as the form edits it. Pure. */
type Runnable = Pick<JobDocument, 'executor' | 'timeout' | 'retries' | 'priority' | 'queue' | 'affinity'>

export const runnable = ({ executor, timeout, retries, priority, queue, affinity }: Runnable): Fields => ({
  executor,
  timeout,
  retries,
  priority,
  queue,
  affinity,
})

/** What the form begins with: the job's, with what an earlier run had otherwise; nothing of a run of another kind. Pure. */
export function draftOf(job: Runnable, changes: Fields | null): Fields {
  const from = runnable(job)
  if (changes === null) return from
  const { executor } = changes
  const isOther = isFields(executor) && (executor.type ?? job.executor.type) !== job.executor.type
  return isOther ? from : patchedWith(from, changes)
}

/** What a run of this form would have otherwise than its job; null: nothing. Pure. */
export function changesIn(job: Runnable, draft: Fields): Fields | null {
  const patch = mergePatch(runnable(job), draft)
  return Object.keys(patch).length === 0 ? null : patch
}

/** The fields that differ, as sentences and lists name them: `timeout`, `executor.env.MODE`. Pure. */
export function changedFields(changes: Fields | null, before = ''): readonly { path: string; value: unknown }[] {
  return Object.entries(changes ?? {}).flatMap(([name, value]) => {
    const path = `${before}${name}`
    if (path === 'executor.type') return []
    return isFields(value) ? changedFields(value, `${path}.`) : [{ path, value }]
  })
}

const plain: Readonly<Record<string, string>> = {
  'executor.args': 'arguments',
  'executor.script': 'script',
  'executor.code': 'code',
  'executor.command': 'program',
  'executor.workdir': 'folder',
}

/** What people call a field; a variable by its name. Pure. */
export const fieldName = (path: string): string =>
  plain[path] ?? path.replace(/^executor\.env\./, '$').replace(/^(executor|affinity|completion)\./, '')

/** A value as one line of text; null: taken away. Pure. */
export function valueText(value: unknown): string {
  if (value === null) return '(none)'
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(String).join(' ')
  return String(value)
}
