/** A definition while it is made: any JSON object, for it may be wrong in every way; the server says in which. */
export type Draft = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Draft =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands at a path, such as `executor.script`; undefined where nothing does. */
export function valueAt(draft: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inside, name) => (isObject(inside) ? inside[name] : undefined), draft)
}

export const textAt = (draft: unknown, path: string): string => {
  const value = valueAt(draft, path)
  return value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export const listAt = (draft: unknown, path: string): readonly string[] => {
  const value = valueAt(draft, path)
  return Array.isArray(value) ? value.map(String) : []
}

/** The draft with another value at a path; undefined takes it away. Pure. */
export function withValue(draft: Draft, path: string, value: unknown): Draft {
  const [name = '', ...rest] = path.split('.')
  const { [name]: before, ...others } = draft
  if (rest.length > 0) return { ...draft, [name]: withValue(isObject(before) ? before : {}, rest.join('.'), value) }
  return value === undefined ? others : { ...draft, [name]: value }
}

/** What each type of executor runs. */
export const mainField: Readonly<Record<string, string>> = {
  shell: 'script',
  batch: 'script',
  external: 'command',
  python: 'code',
}

/** The draft with another type of executor: what it runs, its arguments and environment go with it. Pure. */
export function withType(draft: Draft, type: string): Draft {
  const { executor } = draft
  const before = isObject(executor) ? executor : {}
  const text = before[mainField[String(before.type)] ?? ''] ?? ''
  const { args, env, workdir } = before
  const kept = Object.entries({ args, env, workdir }).filter(([, value]) => value !== undefined)
  return { ...draft, executor: { type, [mainField[type] ?? 'script']: text, ...Object.fromEntries(kept) } }
}

export const newDraft: Draft = {
  name: '',
  executor: { type: 'shell', script: '' },
  schedule: { mode: 'immediate' },
}

/** Names of variables and values that look like secrets: these stand in every version of a job. Pure. */
export function secretsIn(draft: Draft): readonly string[] {
  const env = valueAt(draft, 'executor.env')
  if (!isObject(env)) return []
  return Object.entries(env).flatMap(([name, value]) => {
    const looks =
      /passw|secret|token|api_?key|credential|private/i.test(name) || /^(ghp_|sk-|AKIA|eyJ)/.test(String(value))
    return looks && String(value) !== '' ? [name] : []
  })
}
