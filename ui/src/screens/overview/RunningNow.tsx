import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useHydra } from '../../api/hydra.tsx'
import { Since } from '../../parts/Time.tsx'
import { List } from './List.tsx'

const most = 8

/** What has a process now; the one that began last first. */
export function RunningNow() {
  const hydra = useHydra()
  const { data } = useQuery({
    queryKey: ['running'],
    queryFn: ({ signal }) => hydra.runs.page({ status: 'running', limit: most, tail: 0 }, signal),
  })
  const rows = data?.items.map((run) => ({
    key: run._id,
    row: (
      <>
        <Link to="/runs/$runId" params={{ runId: run._id }}>
          {run.job_name}
        </Link>
        <span className="dim">
          for <Since at={run.start_ts ?? run.created_at} /> on {run.worker_id}
        </span>
      </>
    ),
  }))
  const more = {
    key: 'more',
    row: (
      <Link to="/runs" search={{ status: ['running'] }}>
        All that run
      </Link>
    ),
  }
  return (
    <List
      title="Running now"
      rows={rows === undefined ? null : data?.cursor ? [...rows, more] : rows}
      none="Nothing runs at the moment."
    />
  )
}
