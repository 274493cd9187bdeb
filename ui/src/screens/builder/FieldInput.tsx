import { Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { type Draft, isObject, listAt, textAt, valueAt, withValue } from './draft.ts'
import type { Faults } from './faults.ts'
import type { Field } from './fields.ts'

export interface FieldProps {
  readonly field: Field
  readonly draft: Draft
  readonly faults: Faults
  readonly onChange: (draft: Draft) => void
}

/** One field, by its kind. An empty one is taken out of the definition, so that its default counts. */
export function FieldInput({ field, draft, faults, onChange }: FieldProps) {
  const { path, label, kind, hint, choices = [] } = field
  const set = (value: unknown): void => onChange(withValue(draft, path, value))
  const common = { label, description: hint, error: faults.byPath.get(path), size: 'sm' } as const
  switch (kind) {
    case 'flag':
      return (
        <Checkbox
          label={label}
          checked={(valueAt(draft, path) ?? path === 'schedule.enabled') === true}
          onChange={({ currentTarget }) => set(currentTarget.checked)}
        />
      )
    case 'choice':
      return (
        <NativeSelect
          {...common}
          value={textAt(draft, path) || choices[0]?.value}
          data={[...choices]}
          onChange={({ currentTarget }) => set(currentTarget.value)}
        />
      )
    case 'text':
    case 'number':
      return (
        <TextInput
          {...common}
          value={textAt(draft, path)}
          inputMode={kind === 'number' ? 'numeric' : 'text'}
          onChange={({ currentTarget: { value } }) =>
            set(value === '' ? undefined : kind === 'number' ? numberIn(value) : value)
          }
        />
      )
    default:
      return (
        <ListInput {...common} kind={kind} value={valueAt(draft, path)} list={listAt(draft, path)} onChange={set} />
      )
  }
}

/** What is no number stays as it was typed: the server says what is wrong with it. */
const numberIn = (value: string): number | string => (/^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value)

/** A list or a map as a text. What is typed stays as it is typed; the definition has what it means. */
function ListInput({
  kind,
  value,
  list,
  onChange,
  ...common
}: {
  readonly label: string
  readonly description: string | undefined
  readonly error: string | undefined
  readonly size: 'sm'
  readonly kind: 'lines' | 'words' | 'pairs'
  readonly value: unknown
  readonly list: readonly string[]
  readonly onChange: (value: unknown) => void
}) {
  const written = writeList(kind, value, list)
  const [typed, setTyped] = useState(written)
  const meant = JSON.stringify(readList(kind, typed) ?? null)
  useEffect(() => {
    // Changed from elsewhere: the other view, or a restored version.
    setTyped((before) =>
      JSON.stringify(readList(kind, before) ?? null) === JSON.stringify(readList(kind, written) ?? null)
        ? before
        : written,
    )
  }, [kind, written])
  const change = (text: string): void => {
    setTyped(text)
    const next = readList(kind, text)
    if (JSON.stringify(next ?? null) !== meant) onChange(next)
  }
  if (kind === 'words')
    return <TextInput {...common} value={typed} onChange={({ currentTarget }) => change(currentTarget.value)} />
  return (
    <Textarea
      {...common}
      autosize
      minRows={2}
      maxRows={8}
      value={typed}
      onChange={({ currentTarget }) => change(currentTarget.value)}
    />
  )
}

type Kind = 'lines' | 'words' | 'pairs'

function writeList(kind: Kind, value: unknown, list: readonly string[]): string {
  if (kind === 'words') return list.join(', ')
  if (kind === 'lines') return list.join('\n')
  return isObject(value)
    ? Object.entries(value)
        .map(([name, one]) => `${name}=${String(one)}`)
        .join('\n')
    : ''
}

/** Undefined where nothing is given. */
function readList(kind: Kind, text: string): unknown {
  const parts = (kind === 'words' ? text.split(/[\s,]+/) : text.split('\n')).filter((part) => part.trim() !== '')
  if (parts.length === 0) return undefined
  if (kind !== 'pairs') return parts.map((part) => (kind === 'words' && /^\d{1,9}$/.test(part) ? Number(part) : part))
  return Object.fromEntries(
    parts.map((part) => {
      const [name = '', ...rest] = part.split('=')
      return [name.trim(), rest.join('=')]
    }),
  )
}
