import { Button } from '@mantine/core'
import { IconFileImport, IconPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useKeys } from '../../shell/keys.ts'

/** To the builder, and to the import. */
export function NewJobButtons() {
  const navigate = useNavigate()
  const open = (): void => void navigate({ to: '/new' })
  useKeys('Jobs', [{ keys: 'c', label: 'New job', run: open }])
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconFileImport size={15} aria-hidden />}
        onClick={() => void navigate({ to: '/import' })}
      >
        Import
      </Button>
      <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} onClick={open}>
        New job
      </Button>
    </>
  )
}
