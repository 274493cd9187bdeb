import { SegmentedControl } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useHydra } from '../../api/hydra.tsx'
import { Screen } from '../../parts/Screen.tsx'
import { Fault, Loading } from '../../parts/States.tsx'
import { FailingMost } from './FailingMost.tsx'
import { Figures } from './Figures.tsx'
import { NextUp } from './NextUp.tsx'
import classes from './OverviewScreen.module.css'
import { RunningNow } from './RunningNow.tsx'
import { type RangeName, ranges } from './ranges.ts'

const RunChart = lazy(() => import('./RunChart.tsx').then((part) => ({ default: part.RunChart })))

/** Whether all is well, what failed, what runs and what comes next. */
export function OverviewScreen() {
  const { range = 'day' } = useSearch({ from: '/' })
  const navigate = useNavigate({ from: '/' })
  const stats = useStats(range)
  return (
    <Screen title="Overview" actions={<RangeChoice range={range} />}>
      {stats.error !== null && stats.data === undefined && (
        <Fault error={stats.error} onRetry={() => void stats.refetch()} />
      )}
      <Figures stats={stats.data ?? null} range={range} />
      <section className={classes.chart} aria-label="Runs by time">
        {stats.data === undefined ? (
          <Loading rows={4} label="Loading the figures" />
        ) : (
          <Suspense fallback={<Loading rows={4} label="Loading the chart" />}>
            <RunChart
              stats={stats.data}
              onSpan={(since, until) => void navigate({ to: '/runs', search: { since, until } })}
            />
          </Suspense>
        )}
      </section>
      <div className={classes.columns}>
        <RunningNow />
        <NextUp />
        <FailingMost range={range} />
      </div>
    </Screen>
  )
}

/** Ended runs by outcome, over a span that ends now. */
function useStats(range: RangeName) {
  const hydra = useHydra()
  const { seconds, bucket } = ranges[range]
  return useQuery({
    queryKey: ['stats', range],
    queryFn: () => hydra.stats({ since: new Date(Date.now() - seconds * 1000), bucket }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
}

function RangeChoice({ range }: { readonly range: RangeName }) {
  const navigate = useNavigate({ from: '/' })
  return (
    <SegmentedControl
      size="xs"
      aria-label="Span of time"
      value={range}
      data={[
        { value: 'hour', label: 'Hour' },
        { value: 'day', label: 'Day' },
        { value: 'week', label: 'Week' },
      ]}
      onChange={(value) => {
        if (value === 'hour' || value === 'day' || value === 'week') void navigate({ search: { range: value } })
      }}
    />
  )
}
