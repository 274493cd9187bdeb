import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useHydra } from '../../api/hydra.tsx'
import { Ahead } from '../../parts/Time.tsx'
import { OfJob } from '../jobs/OfJob.tsx'
import { List } from './List.tsx'

const most = 8

/** What is planned, soonest first. */
export function NextUp() {
  const hydra = useHydra()
  const { data } = useQuery({ queryKey: ['queue'], queryFn: () => hydra.queue() })
  const rows = data?.upcoming.slice(0, most).map(({ job_id, name, next_run_at }) => ({
    key: job_id,
    row: (
      <>
        <Link to="/jobs/$jobId" params={{ jobId: job_id }}>
          {name}
        </Link>
        <OfJob jobId={job_id}>
          <Ahead at={next_run_at} />
        </OfJob>
      </>
    ),
  }))
  return <List title="Next up" rows={rows ?? null} none="Nothing is planned: no job with a schedule is enabled." />
}
