import { parseAllDocuments } from 'yaml'
import { type Draft, isObject } from '../builder/draft.ts'
import { isCrontab, readCrontab } from './crontab.ts'

/** What a text holds. */
export interface Import {
  readonly kind: 'crontab' | 'definitions' | 'nothing'
  readonly jobs: readonly Draft[]
  /** Lines or documents that become no job, each with the reason. */
  readonly leftOut: readonly string[]
}

/** Reads definitions in JSON or YAML (one, several documents, a list, or under `jobs`), or a crontab. Pure. */
export function readImport(text: string, options: Parameters<typeof readCrontab>[1]): Import {
  if (text.trim() === '') return { kind: 'nothing', jobs: [], leftOut: [] }
  if (isCrontab(text)) return { kind: 'crontab', ...readCrontab(text, options) }
  const jobs: Draft[] = []
  const leftOut: string[] = []
  for (const document of parseAllDocuments(text)) {
    const [error] = 'errors' in document ? document.errors : []
    if (error !== undefined) {
      leftOut.push(error.message.split('\n')[0] ?? error.message)
      continue
    }
    for (const one of listIn(document.toJS()))
      if (isObject(one)) jobs.push(one)
      else leftOut.push(`${JSON.stringify(one)}: it is no definition, which is an object`)
  }
  return { kind: 'definitions', jobs, leftOut }
}

function listIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isObject(value) && Array.isArray(value.jobs) ? value.jobs : [value]
}
