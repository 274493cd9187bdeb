import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useHydra } from '../../api/hydra.tsx'
import { counted } from '../../parts/format.ts'
import { Screen } from '../../parts/Screen.tsx'
import { Fault, Loading } from '../../parts/States.tsx'
import { Ahead } from '../../parts/Time.tsx'

/** Whether all is well, what waits, and what comes next. */
export function OverviewScreen() {
  const hydra = useHydra()
  const health = useQuery({ queryKey: ['health'], queryFn: () => hydra.health(), refetchInterval: 15_000 })
  const queue = useQuery({ queryKey: ['queue'], queryFn: () => hydra.queue() })
  if (queue.error !== null && queue.data === undefined)
    return <Fault error={queue.error} onRetry={() => void queue.refetch()} />
  if (queue.data === undefined || health.data === undefined) return <Loading label="Loading the overview" />
  return (
    <Screen title="Overview">
      <p>
        <Link to="/runs" search={{ status: ['pending', 'retrying'] }}>
          {counted(health.data.pending_jobs, 'run')} waiting
        </Link>
        , {counted(health.data.workers, 'worker')} online.
      </p>
      <h2>Next up</h2>
      <ul>
        {queue.data.upcoming.slice(0, 10).map(({ job_id, name, next_run_at }) => (
          <li key={job_id}>
            <Link to="/jobs/$jobId" params={{ jobId: job_id }}>
              {name}
            </Link>{' '}
            <Ahead at={next_run_at} />
          </li>
        ))}
      </ul>
    </Screen>
  )
}
