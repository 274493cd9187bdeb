import { Button } from '@mantine/core'
import { IconArrowUp } from '@tabler/icons-react'
import { counted } from './format.ts'

/** New rows wait until they are wanted: nothing moves under a hand. */
export function FreshRows({
  count,
  what,
  onShow,
}: {
  readonly count: number
  readonly what: string
  readonly onShow: () => void
}) {
  return (
    <span role="status">
      {count > 0 && (
        <Button size="compact-sm" variant="light" leftSection={<IconArrowUp size={14} aria-hidden />} onClick={onShow}>
          {counted(count, `new ${what}`)}
        </Button>
      )}
    </span>
  )
}
