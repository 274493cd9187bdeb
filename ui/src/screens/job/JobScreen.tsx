import { Button } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useCallback } from 'react'
import { isFinal, type JobDocument } from '../../../../src/client/index.ts'
import { useHydra, useMayWrite } from '../../api/hydra.tsx'
import { useLiveList } from '../../live/live-list.ts'
import { DataTable } from '../../parts/DataTable.tsx'
import { FreshRows } from '../../parts/FreshRows.tsx'
import { Screen } from '../../parts/Screen.tsx'
import { Empty, Fault, Loading } from '../../parts/States.tsx'
import { useScheduleWords } from '../../parts/schedule-words.ts'
import { Ahead } from '../../parts/Time.tsx'
import { tellFault } from '../../parts/tell.ts'
import { runColumns, runId, runName, touchedRun } from '../runs/run-rows.tsx'

/** One job: when it runs, and its runs. */
export function JobScreen() {
  const { jobId } = useParams({ from: '/jobs/$jobId' })
  const hydra = useHydra()
  const { data: job, error, refetch } = useQuery({ queryKey: ['job', jobId], queryFn: () => hydra.jobs.get(jobId) })
  if (job === undefined && error !== null) return <Fault error={error} onRetry={() => void refetch()} />
  if (job === undefined) return <Loading label="Loading the job" />
  return (
    <Screen title={job.name} actions={<RunNow job={job} />}>
      <When job={job} />
      <JobRuns job={job} />
    </Screen>
  )
}

function When({ job }: { readonly job: JobDocument }) {
  const words = useScheduleWords(job.schedule)
  const { next_run_at } = job.schedule
  return (
    <p>
      {words}.{' '}
      {next_run_at !== null && (
        <>
          Next run: <Ahead at={next_run_at} />.{' '}
        </>
      )}
      <Link to="/runs" search={{ job_id: job._id }}>
        All its runs
      </Link>
    </p>
  )
}

function RunNow({ job }: { readonly job: JobDocument }) {
  const hydra = useHydra()
  const navigate = useNavigate()
  const run = useMutation({
    mutationFn: () => hydra.jobs.run(job._id),
    onSuccess: ({ run_id }) => void navigate({ to: '/runs/$runId', params: { runId: run_id } }),
    onError: tellFault,
  })
  if (!useMayWrite()) return null
  return (
    <Button
      size="xs"
      leftSection={<IconPlayerPlay size={15} aria-hidden />}
      loading={run.isPending}
      onClick={() => run.mutate()}
    >
      Run now
    </Button>
  )
}

function JobRuns({ job }: { readonly job: JobDocument }) {
  const hydra = useHydra()
  const list = useLiveList({
    queryKey: ['job', job._id, 'runs'],
    page: (cursor, signal) => hydra.jobs.runsPage(job._id, { limit: 50, cursor, tail: 0 }, signal),
    one: useCallback((id: string) => hydra.runs.get(id, { tail: 0 }), [hydra]),
    idOf: runId,
    touched: useCallback((event) => (event.payload.job_id === job._id ? touchedRun(event) : null), [job._id]),
    isSettled: isFinal,
  })
  if (list.isLoading) return <Loading label="Loading its runs" />
  if (list.error !== null) return <Fault error={list.error} onRetry={list.reload} />
  if (list.rows.length === 0) return <Empty title="It has not run yet">Run it now, or wait for its schedule.</Empty>
  return (
    <>
      <FreshRows count={list.fresh} what="run" onShow={list.showFresh} />
      <DataTable
        label="Runs of the job"
        rows={list.rows}
        idOf={runId}
        nameOf={runName}
        columns={runColumns}
        hasMore={list.hasMore}
        loadMore={list.loadMore}
      />
    </>
  )
}
