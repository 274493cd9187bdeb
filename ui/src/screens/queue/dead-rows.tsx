import { ActionIcon } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { RunDocument } from '../../../../src/client/index.ts'
import { useHydra, useMayWrite } from '../../api/hydra.tsx'
import type { Column } from '../../parts/column.ts'
import { Ago } from '../../parts/Time.tsx'
import { tellDone, tellFault } from '../../parts/tell.ts'
import { runColumns } from '../runs/run-rows.tsx'

const shared = (id: string): readonly Column<RunDocument>[] => runColumns.filter((column) => column.id === id)

/** On a phone a sentence has the whole card. */
const wide = (column: Column<RunDocument>): Column<RunDocument> => ({ ...column, phone: 'head' })

export const deadColumns: readonly Column<RunDocument>[] = [
  ...shared('job'),
  ...shared('status'),
  ...shared('reason').map(wide),
  { id: 'ended', header: 'Ended', width: '8.5rem', cell: (run) => <Ago at={run.end_ts ?? run.created_at} /> },
  { id: 'attempt', header: 'Attempts', width: '5rem', align: 'end', cell: (run) => run.attempt },
  ...shared('worker'),
  { id: 'retry', header: 'Retry', width: '3rem', align: 'end', cell: (run) => <Retry run={run} /> },
]

function Retry({ run }: { readonly run: RunDocument }) {
  const hydra = useHydra()
  const navigate = useNavigate()
  const retry = useMutation({
    mutationFn: () => hydra.runs.retry(run._id),
    onSuccess: ({ run_id }) => {
      tellDone(`A new run of ${run.job_name} was started.`)
      void navigate({ to: '/runs/$runId', params: { runId: run_id } })
    },
    onError: tellFault,
  })
  if (!useMayWrite()) return null
  return (
    <ActionIcon
      size="sm"
      aria-label={`Retry ${run.job_name} ${run._id}`}
      loading={retry.isPending}
      onClick={() => retry.mutate()}
    >
      <IconRefresh size={15} aria-hidden />
    </ActionIcon>
  )
}
