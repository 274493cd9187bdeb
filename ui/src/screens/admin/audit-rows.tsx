import { ActionIcon } from '@mantine/core'
import { IconFilter } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { AuditDocument } from '../../../../src/client/index.ts'
import type { Column } from '../../parts/column.ts'
import { Ago } from '../../parts/Time.tsx'
import classes from './AdminScreen.module.css'
import { actWords, changeOf } from './audit-words.ts'

export const auditId = ({ _id }: AuditDocument): string => _id
export const auditName = ({ action, object }: AuditDocument): string => `${action} ${object}`

type Narrow = (change: { readonly actor?: string; readonly object?: string }) => void

const domain: Column<AuditDocument> = {
  id: 'domain',
  header: 'Domain',
  width: 'minmax(4.5rem, 0.5fr)',
  cell: (entry) => entry.domain,
}

/** @param across whether the domain is worth a column @param narrow to one actor, to one thing */
export const auditColumns = (across: boolean, narrow: Narrow): readonly Column<AuditDocument>[] => [
  { id: 'at', header: 'When', width: '8.5rem', cell: ({ at }) => <Ago at={at} /> },
  {
    id: 'actor',
    header: 'Who',
    width: 'minmax(6rem, 0.7fr)',
    cell: ({ actor, token_id }) => (
      <button
        type="button"
        title={token_id === null ? 'The admin' : `Token ${token_id}`}
        onClick={() => narrow({ actor })}
      >
        {actor}
      </button>
    ),
  },
  {
    id: 'what',
    header: 'What',
    width: 'minmax(11rem, 1.5fr)',
    phone: 'head',
    cell: (entry) => (
      <span className={classes.wrap}>
        <strong>{actWords[entry.action]}</strong> <Thing entry={entry} />
      </span>
    ),
  },
  {
    id: 'change',
    header: 'Change',
    width: 'minmax(12rem, 2.4fr)',
    phone: 'head',
    cell: (entry) => <Change entry={entry} />,
  },
  ...(across ? [domain] : []),
  {
    id: 'from',
    header: 'From',
    width: 'minmax(7rem, 0.8fr)',
    cell: ({ address, agent }) => <span title={agent ?? undefined}>{address ?? 'the server itself'}</span>,
  },
  {
    id: 'all',
    header: 'Narrow',
    width: '3.5rem',
    align: 'end',
    phone: 'hidden',
    cell: ({ object }) => (
      <ActionIcon
        size="sm"
        aria-label={`Only changes of ${object}`}
        title={`Only changes of ${object}`}
        onClick={() => narrow({ object })}
      >
        <IconFilter size={14} aria-hidden />
      </ActionIcon>
    ),
  },
]

const isId = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

/** The end of an id tells things of the same minute apart; the whole on hover. */
function Id({ id }: { readonly id: string }) {
  return (
    <span className={`mono ${classes.id}`} title={id}>
      …{id.slice(-12)}
    </span>
  )
}

/** A link to what was changed, where it has a place. */
function Thing({ entry: { action, object, domain: of } }: { readonly entry: AuditDocument }): ReactNode {
  const kind = action.split('.')[0]
  const id = isId.test(object) ? <Id id={object} /> : <strong>{object}</strong>
  switch (kind) {
    case 'job':
      return (
        <Link to="/jobs/$jobId" params={{ jobId: object }} data-row-link>
          {id}
        </Link>
      )
    case 'run':
      return (
        <Link to="/runs/$runId" params={{ runId: object }} data-row-link>
          {id}
        </Link>
      )
    case 'worker':
      return (
        <Link to="/workers/$workerId" params={{ workerId: object }} search={{ domain: of }} data-row-link>
          {id}
        </Link>
      )
    default:
      return (
        <Link to="/admin" search={{ tab: 'tokens', domain: of }} data-row-link>
          {id}
        </Link>
      )
  }
}

function Change({ entry }: { readonly entry: AuditDocument }) {
  return (
    <ul className={classes.change}>
      {changeOf(entry).map(({ name, before, after }) => (
        <li key={name}>
          {name} {before !== null && <del>{before}</del>} {after !== null && <ins>{after}</ins>}
        </li>
      ))}
    </ul>
  )
}
