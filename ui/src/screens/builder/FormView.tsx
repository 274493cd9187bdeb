import { NativeSelect, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useCronWords } from '../../parts/schedule-words.ts'
import classes from './Builder.module.css'
import { type Draft, textAt, withType, withValue } from './draft.ts'
import { FieldInput } from './FieldInput.tsx'
import type { Faults } from './faults.ts'
import {
  commonFields,
  executorFields,
  executorTypes,
  type Field,
  outcomeFields,
  placeFields,
  plannedFields,
  scheduleFields,
  scheduleModes,
} from './fields.ts'
import { Script } from './Script.tsx'

interface FormProps {
  readonly draft: Draft
  readonly faults: Faults
  readonly onChange: (draft: Draft) => void
}

/** A definition as a form: what to run, when, what counts as success, and where. */
export function FormView(props: FormProps) {
  const { draft, faults, onChange } = props
  const type = textAt(draft, 'executor.type')
  const mode = textAt(draft, 'schedule.mode') || 'immediate'
  const cronWords = useCronWords(mode === 'cron' ? textAt(draft, 'schedule.cron') : null)
  return (
    <div className={classes.form}>
      <Part title="What">
        <div className={classes.grid}>
          <TextInput
            label="Name"
            required
            value={textAt(draft, 'name')}
            error={faults.byPath.get('name')}
            onChange={({ currentTarget }) => onChange(withValue(draft, 'name', currentTarget.value))}
          />
          <TextInput
            label="Key"
            description="How files, chains and the command line name it"
            value={textAt(draft, 'key')}
            error={faults.byPath.get('key')}
            onChange={({ currentTarget: { value } }) =>
              onChange(withValue(draft, 'key', value === '' ? undefined : value))
            }
          />
          <NativeSelect
            label="Runs"
            value={type}
            data={executorTypes.some(({ value }) => value === type) ? [...executorTypes] : [...executorTypes, type]}
            onChange={({ currentTarget }) => onChange(withType(draft, currentTarget.value))}
          />
        </div>
        <Script {...props} />
        <Fields {...props} fields={executorFields[type] ?? []} />
        <More title="Arguments, environment, folder">
          <Fields {...props} fields={commonFields} />
        </More>
      </Part>
      <Part title="When">
        <div className={classes.grid}>
          <NativeSelect
            label="Schedule"
            value={mode}
            data={[...scheduleModes]}
            onChange={({ currentTarget }) => onChange(withValue(draft, 'schedule.mode', currentTarget.value))}
          />
          {(scheduleFields[mode] ?? []).map((field) => (
            <FieldInput key={field.path} field={field} {...props} />
          ))}
        </div>
        {cronWords !== null && <p className={classes.words}>{cronWords}</p>}
        {mode !== 'immediate' && (
          <More title="Zone, bounds, overlap, missed times">
            <Fields {...props} fields={plannedFields} />
          </More>
        )}
      </Part>
      <Part title="Success and failure">
        <Fields {...props} fields={outcomeFields.slice(0, 3)} />
        <More title="Rules for the output, lost workers, history">
          <Fields {...props} fields={outcomeFields.slice(3)} />
        </More>
      </Part>
      <Part title="Where">
        <Fields {...props} fields={placeFields.slice(0, 3)} />
        <More title="Which workers may take it">
          <Fields {...props} fields={placeFields.slice(3)} />
        </More>
      </Part>
    </div>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <fieldset className={classes.part}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  )
}

function More({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <details className={classes.more}>
      <summary>{title}</summary>
      {children}
    </details>
  )
}

function Fields({ fields, ...props }: FormProps & { readonly fields: readonly Field[] }) {
  if (fields.length === 0) return null
  return (
    <div className={classes.grid}>
      {fields.map((field) => (
        <FieldInput key={field.path} field={field} {...props} />
      ))}
    </div>
  )
}
