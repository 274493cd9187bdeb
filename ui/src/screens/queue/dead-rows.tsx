import { ActionIcon } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { RunDocument } from '../../../../src/client/index.ts'
import { useMayWrite } from '../../api/hydra.tsx'
import type { Column } from '../../parts/column.ts'
import { Ago } from '../../parts/Time.tsx'
import { tellDone, tellFault } from '../../parts/tell.ts'
import { OfJob } from '../jobs/OfJob.tsx'
import { useRetry } from '../run/use-retry.ts'
import { runColumns } from '../runs/run-rows.tsx'

const shared = (id: string): readonly Column<RunDocument>[] => runColumns.filter((column) => column.id === id)

/** On a phone a sentence has the whole card. */
const wide = (column: Column<RunDocument>): Column<RunDocument> => ({ ...column, phone: 'head' })

export const deadColumns: readonly Column<RunDocument>[] = [
  ...shared('job'),
  ...shared('status'),
  ...shared('reason').map(wide),
  { id: 'ended', header: 'Ended', width: '8.5rem', cell: (run) => <Ended run={run} /> },
  { id: 'attempt', header: 'Attempts', width: '5rem', align: 'end', cell: (run) => run.attempt },
  ...shared('worker'),
  { id: 'retry', header: 'Retry', width: '6.5rem', align: 'end', cell: (run) => <Retry run={run} /> },
]

function Ended({ run: { job_id, end_ts, created_at } }: { readonly run: RunDocument }) {
  return (
    <OfJob jobId={job_id}>
      <Ago at={end_ts ?? created_at} />
    </OfJob>
  )
}

function Retry({ run }: { readonly run: RunDocument }) {
  const again = useRetry(run._id)
  const navigate = useNavigate()
  const retry = useMutation({
    mutationFn: () => again(),
    onSuccess: ({ run_id }) => {
      tellDone(`A new run of ${run.job_name} was started.`)
      void navigate({ to: '/runs/$runId', params: { runId: run_id } })
    },
    onError: tellFault,
  })
  const mayWrite = useMayWrite()
  return (
    <>
      {run.retried_as !== null && (
        <Link to="/runs/$runId" params={{ runId: run.retried_as }} title={`Retried as ${run.retried_as}`}>
          retried
        </Link>
      )}
      {mayWrite && (
        <ActionIcon
          size="sm"
          aria-label={`Retry ${run.job_name} ${run._id}`}
          loading={retry.isPending}
          onClick={() => retry.mutate()}
        >
          <IconRefresh size={15} aria-hidden />
        </ActionIcon>
      )}
    </>
  )
}
