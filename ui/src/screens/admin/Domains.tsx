import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { DomainDocument } from '../../../../src/client/index.ts'
import { DataTable } from '../../parts/DataTable.tsx'
import { Filters } from '../../parts/Screen.tsx'
import { Fault, Loading } from '../../parts/States.tsx'
import classes from './AdminScreen.module.css'
import { DeleteDomain } from './DeleteDomain.tsx'
import { DomainDialog } from './DomainDialog.tsx'
import { domainColumns, domainName } from './domain-rows.tsx'
import { RotateToken } from './RotateToken.tsx'
import { useDomains } from './use-domains.ts'

type Act = 'change' | 'rotate' | 'delete'

/** The tenants: made, named, and taken away with all that is theirs. */
export function Domains() {
  const { data, error, refetch } = useDomains()
  const [open, setOpen] = useState<{ readonly act: Act; readonly of: DomainDocument } | 'new' | null>(null)
  if (data === undefined && error !== null) return <Fault error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading label="Loading domains" />
  const close = (): void => setOpen(null)
  return (
    <>
      <Filters>
        <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setOpen('new')}>
          New domain
        </Button>
        <span className="dim">Each sees its own jobs, runs and workers alone. All have the same limits.</span>
      </Filters>
      <div className={classes.table}>
        <DataTable
          label="Domains"
          rows={data}
          idOf={domainName}
          nameOf={domainName}
          columns={domainColumns((act, of) => setOpen({ act, of }))}
          hasMore={false}
          loadMore={nothing}
        />
      </div>
      {open === 'new' && <DomainDialog present={null} onClose={close} />}
      {open !== null && open !== 'new' && <OpenAct {...open} onClose={close} />}
    </>
  )
}

const nothing = (): void => {}

function OpenAct({
  act,
  of,
  onClose,
}: {
  readonly act: Act
  readonly of: DomainDocument
  readonly onClose: () => void
}) {
  if (act === 'change') return <DomainDialog present={of} onClose={onClose} />
  if (act === 'rotate') return <RotateToken domain={of.domain} onClose={onClose} />
  return <DeleteDomain domain={of.domain} onClose={onClose} />
}
