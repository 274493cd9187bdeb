import { ActionIcon } from '@mantine/core'
import { type Icon, IconEdit, IconKey, IconTrash } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { DomainDocument } from '../../../../src/client/index.ts'
import type { Column } from '../../parts/column.ts'
import { number } from '../../parts/format.ts'
import classes from './AdminScreen.module.css'

export const domainName = ({ domain }: DomainDocument): string => domain

type Act = 'change' | 'rotate' | 'delete'

const acts = [
  { act: 'change', label: 'Change', icon: IconEdit },
  { act: 'rotate', label: 'Rotate the token of', icon: IconKey },
  { act: 'delete', label: 'Delete', icon: IconTrash },
] as const satisfies readonly { readonly act: Act; readonly label: string; readonly icon: Icon }[]

/** @param onAct opens the act's dialog */
export const domainColumns = (onAct: (act: Act, of: DomainDocument) => void): readonly Column<DomainDocument>[] => [
  {
    id: 'name',
    header: 'Domain',
    width: 'minmax(9rem, 1fr)',
    phone: 'head',
    cell: ({ domain, display_name }) => (
      <>
        <Link to="/admin" search={{ tab: 'tokens', domain }} data-row-link title={`Tokens of ${domain}`}>
          <strong>{domain}</strong>
        </Link>
        {display_name !== null && <span className="dim"> {display_name}</span>}
      </>
    ),
  },
  {
    id: 'description',
    header: 'Description',
    width: 'minmax(9rem, 2fr)',
    phone: 'head',
    cell: ({ description }) => description,
  },
  { id: 'jobs', header: 'Jobs', width: '5rem', align: 'end', cell: ({ jobs_count }) => number(jobs_count) },
  { id: 'runs', header: 'Runs', width: '6rem', align: 'end', cell: ({ runs_count }) => number(runs_count) },
  { id: 'workers', header: 'Workers', width: '5rem', align: 'end', cell: ({ workers_count }) => number(workers_count) },
  {
    id: 'acts',
    header: 'Acts',
    width: '6.5rem',
    align: 'end',
    cell: (row) => (
      <span className={classes.acts}>
        {acts.map(({ act, label, icon: Shape }) => (
          <ActionIcon
            key={act}
            aria-label={`${label} ${row.domain}`}
            title={`${label} ${row.domain}`}
            onClick={() => onAct(act, row)}
          >
            <Shape size={16} aria-hidden />
          </ActionIcon>
        ))}
      </span>
    ),
  },
]
