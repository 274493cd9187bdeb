import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useHydra } from '../../api/hydra.tsx'
import { Screen } from '../../parts/Screen.tsx'
import { Fault, Loading } from '../../parts/States.tsx'
import { Tabs } from '../../parts/Tabs.tsx'
import { OfZone } from '../../parts/Time.tsx'
import { JobActions } from './JobActions.tsx'
import { JobRuns } from './JobRuns.tsx'
import { JobSummary } from './JobSummary.tsx'
import { RunBars } from './RunBars.tsx'
import { useJobRuns } from './use-job-runs.ts'

// One of them is looked at: these show definitions as YAML, whose library only they need, or a calendar.
const JobDefinition = lazy(() => import('./JobDefinition.tsx').then((part) => ({ default: part.JobDefinition })))
const JobTicks = lazy(() => import('./JobTicks.tsx').then((part) => ({ default: part.JobTicks })))
const JobVersions = lazy(() => import('./JobVersions.tsx').then((part) => ({ default: part.JobVersions })))

const tabs = [
  { name: 'runs', label: 'Runs' },
  { name: 'ticks', label: 'Schedule' },
  { name: 'definition', label: 'Definition' },
  { name: 'versions', label: 'Versions' },
] as const

/** One job: how its last runs went, when it runs next, and what it was before. */
export function JobScreen() {
  const { jobId } = useParams({ from: '/jobs/$jobId' })
  const { tab = 'runs' } = useSearch({ from: '/jobs/$jobId' })
  const navigate = useNavigate({ from: '/jobs/$jobId' })
  const hydra = useHydra()
  const { data: job, error, refetch } = useQuery({ queryKey: ['job', jobId], queryFn: () => hydra.jobs.get(jobId) })
  const list = useJobRuns(jobId)
  if (job === undefined && error !== null)
    return (
      <Screen title="Job">
        <Fault error={error} onRetry={() => void refetch()} />
      </Screen>
    )
  if (job === undefined) return <Loading label="Loading the job" />
  return (
    <OfZone zone={job.schedule.timezone}>
      <Screen title={job.name} actions={<JobActions job={job} />}>
        <JobSummary job={job} runs={list.rows} />
        <RunBars runs={list.rows} />
        <Tabs
          label="Parts of the job"
          tabs={tabs}
          chosen={tab}
          onChoose={(next) => void navigate({ search: { tab: next } })}
        >
          <Suspense fallback={<Loading />}>
            {tab === 'runs' && <JobRuns list={list} />}
            {tab === 'ticks' && <JobTicks job={job} />}
            {tab === 'definition' && <JobDefinition job={job} />}
            {tab === 'versions' && <JobVersions job={job} />}
          </Suspense>
        </Tabs>
      </Screen>
    </OfZone>
  )
}
