import { NativeSelect } from '@mantine/core'
import { type Age, ages } from './ages.ts'

/** Not older than; undefined: whatever its age. */
export function AgeSelect({
  age,
  onChange,
}: {
  readonly age: Age | undefined
  readonly onChange: (age: Age | undefined) => void
}) {
  return (
    <NativeSelect
      aria-label="Age"
      size="xs"
      value={age ?? ''}
      data={[{ value: '', label: 'Any age' }, ...ages.map(({ name, label }) => ({ value: name, label }))]}
      onChange={({ currentTarget: { value } }) => onChange(ages.find(({ name }) => name === value)?.name)}
    />
  )
}
