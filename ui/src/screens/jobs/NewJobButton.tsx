import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useKeys } from '../../shell/keys.ts'

/** To the builder. */
export function NewJobButton() {
  const navigate = useNavigate()
  const open = (): void => void navigate({ to: '/new' })
  useKeys('Jobs', [{ keys: 'c', label: 'New job', run: open }])
  return (
    <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} onClick={open}>
      New job
    </Button>
  )
}
