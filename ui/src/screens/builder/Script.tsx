import { TextInput } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { Language } from '../../parts/CodeEditor.tsx'
import { Loading } from '../../parts/States.tsx'
import classes from './Builder.module.css'
import { type Draft, mainField, textAt, withValue } from './draft.ts'
import type { Faults } from './faults.ts'
import { executorTypes } from './fields.ts'

const CodeEditor = lazy(() => import('../../parts/CodeEditor.tsx').then((part) => ({ default: part.CodeEditor })))

/** What a job runs: its script or code in an editor, or the program's name. */
export function Script({
  draft,
  faults,
  onChange,
}: {
  readonly draft: Draft
  readonly faults: Faults
  readonly onChange: (draft: Draft) => void
}) {
  const type = textAt(draft, 'executor.type')
  const path = `executor.${mainField[type] ?? 'script'}`
  const fault = faults.byPath.get(path)
  const label = executorTypes.find(({ value }) => value === type)?.label ?? 'Script'
  const set = (value: string): void => onChange(withValue(draft, path, value))
  if (type === 'external')
    return (
      <TextInput
        label="Program"
        description="Its path or name; never through a shell"
        value={textAt(draft, path)}
        error={fault}
        onChange={({ currentTarget }) => set(currentTarget.value)}
      />
    )
  return (
    <div>
      <div className={classes.label}>{label}</div>
      <Suspense fallback={<Loading rows={4} label="Loading the editor" />}>
        <CodeEditor
          label={label}
          language={languageOf(type, textAt(draft, 'executor.shell'))}
          value={textAt(draft, path)}
          onChange={set}
        />
      </Suspense>
      {fault !== undefined && (
        <p className={classes.fault} role="alert">
          {fault}
        </p>
      )}
    </div>
  )
}

function languageOf(type: string, shell: string): Language {
  if (type === 'python') return 'python'
  if (/pwsh|powershell/i.test(shell)) return 'powershell'
  return type === 'shell' ? 'shell' : 'text'
}
