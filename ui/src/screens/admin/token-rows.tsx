import { Button } from '@mantine/core'
import { IconClockX } from '@tabler/icons-react'
import type { Role, TokenDocument } from '../../../../src/client/index.ts'
import type { Column } from '../../parts/column.ts'
import { useNow } from '../../parts/now.ts'
import { Mark } from '../../parts/Status.tsx'
import { Ago, Ahead } from '../../parts/Time.tsx'
import classes from './AdminScreen.module.css'

export const tokenId = ({ id }: TokenDocument): string => id
export const tokenName = ({ name }: TokenDocument): string => name

/** What a role may do, in words. */
export const roleWords = {
  read: 'reads everything of the domain, changes nothing',
  worker: 'works as a worker, and nothing else',
  domain: 'reads, changes, and works as a worker',
} satisfies Record<Role, string>

/** @param onRevoke opens the question */
export const tokenColumns = (onRevoke: (token: TokenDocument) => void): readonly Column<TokenDocument>[] => [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(9rem, 1.5fr)',
    phone: 'head',
    cell: ({ name, id }) => <strong title={id}>{name}</strong>,
  },
  {
    id: 'role',
    header: 'Role',
    width: 'minmax(8rem, 2fr)',
    phone: 'head',
    cell: ({ role }) => (
      <span className={classes.wrap}>
        {role} <span className="dim">{roleWords[role]}</span>
      </span>
    ),
  },
  { id: 'made', header: 'Made', width: '8.5rem', cell: ({ created_at }) => <Ago at={created_at} /> },
  { id: 'ends', header: 'Expires', width: '13rem', cell: (token) => <Expiry token={token} /> },
  {
    id: 'used',
    header: 'Last used',
    width: '8.5rem',
    cell: ({ last_used_at }) =>
      last_used_at === null ? <span className="dim">never</span> : <Ago at={last_used_at} />,
  },
  {
    id: 'acts',
    header: 'Acts',
    width: '5rem',
    align: 'end',
    cell: (token) => (
      <Button
        size="compact-xs"
        variant="light"
        color="danger"
        aria-label={`Revoke ${token.name}`}
        onClick={() => onRevoke(token)}
        data-row-link
      >
        Revoke
      </Button>
    ),
  },
]

function Expiry({ token: { expires_at } }: { readonly token: TokenDocument }) {
  const now = useNow()
  if (expires_at === null) return <span className="dim">never</span>
  if (Date.parse(expires_at) <= now) return <Mark tone="idle" icon={IconClockX} label="Expired" />
  return <Ahead at={expires_at} />
}
