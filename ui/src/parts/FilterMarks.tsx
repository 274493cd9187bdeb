import { Button } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { exact } from './format.ts'
import { useZone } from './Time.tsx'

/** What a list is narrowed by without a field for it: it came from a link, and can be taken away. */
export function FilterMarks<Name extends string>({
  marks,
  search,
  onRemove,
}: {
  readonly marks: readonly { readonly name: Name; readonly label: string; readonly isTime?: boolean }[]
  readonly search: { readonly [name in Name]?: string | undefined }
  readonly onRemove: (name: Name) => void
}) {
  const zone = useZone()
  return marks.map(({ name, label, isTime = false }) => {
    const value = search[name]
    if (value === undefined) return null
    const shown = isTime ? exact(Date.parse(value), zone) : value
    return <FilterMark key={name} label={`${label} ${shown}`} onRemove={() => onRemove(name)} />
  })
}

/** One of them. @param shown what stands on it, where that is not what it is called */
export function FilterMark({
  label,
  shown = label,
  onRemove,
}: {
  readonly label: string
  readonly shown?: string
  readonly onRemove: () => void
}) {
  return (
    <Button
      size="xs"
      variant="light"
      rightSection={<IconX size={13} aria-hidden />}
      aria-label={`Take away the filter ${label}`}
      onClick={onRemove}
    >
      {shown}
    </Button>
  )
}
