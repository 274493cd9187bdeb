import { SegmentedControl } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { parse } from 'yaml'
import { yamlOf } from '../../definition/yaml.ts'
import { Loading } from '../../parts/States.tsx'
import classes from './Builder.module.css'
import { type Draft, isObject } from './draft.ts'

const CodeEditor = lazy(() => import('../../parts/CodeEditor.tsx').then((part) => ({ default: part.CodeEditor })))

type Form = 'yaml' | 'json'

const written = (draft: Draft, form: Form): string =>
  form === 'yaml' ? yamlOf(draft) : `${JSON.stringify(draft, null, 2)}\n`

/** The same definition as a text. What cannot be read stays as it is typed, and is told of; the form keeps what was read last. */
export function CodeView({ draft, onChange }: { readonly draft: Draft; readonly onChange: (draft: Draft) => void }) {
  const [form, setForm] = useState<Form>('yaml')
  const [text, setText] = useState(() => written(draft, form))
  const [fault, setFault] = useState<string | null>(null)

  function change(next: string): void {
    setText(next)
    const read = readText(next)
    setFault(read.fault)
    if (read.draft !== null && JSON.stringify(read.draft) !== JSON.stringify(draft)) onChange(read.draft)
  }
  return (
    <div className={classes.code}>
      <SegmentedControl
        size="xs"
        aria-label="Format"
        value={form}
        data={[
          { value: 'yaml', label: 'YAML' },
          { value: 'json', label: 'JSON' },
        ]}
        onChange={(value) => {
          const next = value === 'json' ? 'json' : 'yaml'
          setForm(next)
          setText(written(draft, next))
          setFault(null)
        }}
      />
      <div className={classes.text}>
        <Suspense fallback={<Loading rows={6} label="Loading the editor" />}>
          <CodeEditor label={`Definition as ${form.toUpperCase()}`} language={form} value={text} onChange={change} />
        </Suspense>
      </div>
      {fault !== null && (
        <p className={classes.fault} role="alert">
          {fault}
        </p>
      )}
    </div>
  )
}

/** YAML reads JSON, too. */
function readText(text: string): { readonly draft: Draft | null; readonly fault: string | null } {
  try {
    const read: unknown = parse(text)
    return isObject(read)
      ? { draft: read, fault: null }
      : { draft: null, fault: 'A definition is an object with a name and an executor.' }
  } catch (error) {
    return {
      draft: null,
      fault: error instanceof Error ? (error.message.split('\n')[0] ?? error.message) : String(error),
    }
  }
}
