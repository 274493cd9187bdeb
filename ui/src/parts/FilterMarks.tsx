import { Button } from '@mantine/core'
import { IconX } from '@tabler/icons-react'

/** What a list is narrowed by without a field for it: it came from a link, and can be taken away. */
export function FilterMarks<Name extends string>({
  marks,
  search,
  onRemove,
}: {
  readonly marks: readonly { readonly name: Name; readonly label: string }[]
  readonly search: { readonly [name in Name]?: string | undefined }
  readonly onRemove: (name: Name) => void
}) {
  return marks.map(({ name, label }) =>
    search[name] === undefined ? null : (
      <FilterMark key={name} label={`${label} ${search[name]}`} onRemove={() => onRemove(name)} />
    ),
  )
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
