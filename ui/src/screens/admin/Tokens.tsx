import { Button, NativeSelect } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { TokenDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { DataTable } from '../../parts/DataTable.tsx'
import { Filters } from '../../parts/Screen.tsx'
import { Empty, Fault, Loading } from '../../parts/States.tsx'
import classes from './AdminScreen.module.css'
import { NewToken } from './NewToken.tsx'
import { RevokeToken } from './RevokeToken.tsx'
import { RotateToken } from './RotateToken.tsx'
import { tokenColumns, tokenId, tokenName } from './token-rows.tsx'
import { useDomains, useUsualDomain } from './use-domains.ts'

/** The tokens of a domain: none is shown itself, but once, when it is made. */
export function Tokens() {
  const usual = useUsualDomain()
  const { domain = usual } = useSearch({ from: '/admin' })
  const navigate = useNavigate({ from: '/admin' })
  const hydra = useHydra()
  const domains = useDomains()
  const { data, error, refetch } = useQuery({
    queryKey: ['tokens', domain],
    queryFn: () => Array.fromAsync(hydra.tokens.list(domain)),
  })
  const [open, setOpen] = useState<'new' | 'rotate' | TokenDocument | null>(null)
  const close = (): void => setOpen(null)
  if (domains.data === undefined && domains.error !== null)
    return <Fault error={domains.error} onRetry={() => void domains.refetch()} />
  const names = [...new Set([...(domains.data ?? []).map((one) => one.domain), domain])]
  return (
    <>
      <Filters>
        <NativeSelect
          aria-label="Tokens of the domain"
          size="xs"
          value={domain}
          data={names}
          onChange={({ currentTarget: { value } }) =>
            void navigate({ search: (before) => ({ ...before, tab: 'tokens', domain: value }) })
          }
        />
        <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setOpen('new')}>
          New token
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconKey size={15} aria-hidden />}
          onClick={() => setOpen('rotate')}
        >
          Rotate the default
        </Button>
      </Filters>
      {data === undefined && error !== null && <Fault error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Loading label="Loading tokens" />}
      {data?.length === 0 && (
        <Empty title="No tokens yet">
          With a token a program or a person acts in this domain alone: reads, works as a worker, or changes things too.
        </Empty>
      )}
      {data !== undefined && data.length > 0 && (
        <div className={classes.table}>
          <DataTable
            label={`Tokens of ${domain}`}
            rows={data}
            idOf={tokenId}
            nameOf={tokenName}
            columns={tokenColumns(setOpen)}
            hasMore={false}
            loadMore={nothing}
          />
        </div>
      )}
      {open === 'new' && <NewToken domain={domain} onClose={close} />}
      {open === 'rotate' && <RotateToken domain={domain} onClose={close} />}
      {open !== null && typeof open === 'object' && <RevokeToken token={open} onClose={close} />}
    </>
  )
}

const nothing = (): void => {}
