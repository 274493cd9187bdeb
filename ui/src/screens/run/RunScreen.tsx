import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import type { RunWithAttempts } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { Screen } from '../../parts/Screen.tsx'
import { Fault, Loading } from '../../parts/States.tsx'
import { Status } from '../../parts/Status.tsx'
import { OfJob } from '../jobs/OfJob.tsx'
import { BesideLogs } from './BesideLogs.tsx'
import { RunActions } from './RunActions.tsx'
import { RunChain } from './RunChain.tsx'
import { RunChanged } from './RunChanged.tsx'
import { RunFacts } from './RunFacts.tsx'
import { RunLog } from './RunLog.tsx'
import classes from './RunScreen.module.css'
import { RunTimings } from './RunTimings.tsx'
import { RunWhy } from './RunWhy.tsx'

/** One run: what became of it and why, how long each part took, and its log. */
export function RunScreen() {
  const { runId } = useParams({ from: '/runs/$runId' })
  const hydra = useHydra()
  const {
    data: run,
    error,
    refetch,
  } = useQuery({
    queryKey: ['run', runId],
    queryFn: ({ signal }) => hydra.runs.get(runId, { tail: 0, signal }),
  })
  if (run === undefined && error !== null)
    return (
      <Screen title="Run">
        <Fault error={error} onRetry={() => void refetch()} />
      </Screen>
    )
  if (run === undefined) return <Loading label="Loading the run" />
  const title = (
    <span className={classes.title}>
      <Link to="/jobs/$jobId" params={{ jobId: run.job_id }}>
        {run.job_name}
      </Link>
      <Status status={run.status} cancelling={run.cancel_requested_at !== null && run.end_ts === null} />
    </span>
  )
  return (
    <OfJob jobId={run.job_id}>
      <Screen title={title} named={`${run.job_name}: ${run.status}`} actions={<RunActions run={run} />}>
        <RunWhy run={run} />
        <RunChain run={run} />
        <RunFacts run={run} />
        <RunChanged run={run} />
        <RunTimings run={run} />
        <Logs key={run._id} run={run} />
      </Screen>
    </OfJob>
  )
}

/** The log of one attempt, or of two beside each other where the address names a second one. */
function Logs({ run }: { readonly run: RunWithAttempts }) {
  const { attempt, beside } = useSearch({ from: '/runs/$runId' })
  const left = run.attempts.find((one) => one.attempt === (attempt ?? run.attempt))
  const right = run.attempts.find((one) => one.attempt === beside)
  if (left === undefined || right === undefined) return <RunLog run={run} />
  return <BesideLogs run={run} left={left} right={right} />
}
