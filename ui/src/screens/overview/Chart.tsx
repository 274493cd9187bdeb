import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { StatsDocument } from '../../../../src/client/index.ts'
import { Loading } from '../../parts/States.tsx'
import { Legend } from './Legend.tsx'
import classes from './OverviewScreen.module.css'
import type { Looked, Span } from './span.ts'
import { usePlanned } from './use-stats.ts'

const RunChart = lazy(() => import('./RunChart.tsx').then((part) => ({ default: part.RunChart })))

/** Runs by time, past and planned. What is chosen on it narrows the page. @param part what is chosen of the whole */
export function Chart({
  whole,
  part,
  looked,
}: {
  readonly whole: StatsDocument | undefined
  readonly part: StatsDocument | null
  readonly looked: Looked
}) {
  const navigate = useNavigate({ from: '/' })
  const planned = usePlanned(looked).data ?? null
  // Of another range, while the one that was just chosen is on its way.
  const fits = planned !== null && planned.bucket === whole?.bucket ? planned : null
  const narrow = (span: Span | null): void =>
    void navigate({ search: { range: looked.range, ...(span !== null && span) } })
  return (
    <section className={classes.chart} aria-label="Runs by time">
      {whole === undefined ? (
        <Loading rows={4} label="Loading the figures" />
      ) : (
        <Suspense fallback={<Loading rows={4} label="Loading the chart" />}>
          <RunChart stats={whole} planned={fits} chosen={looked.chosen} onSpan={narrow} />
          {part !== null && (
            <Legend
              stats={part}
              span={{ since: part.since, until: part.until }}
              planned={
                looked.chosen === null && fits !== null ? fits.buckets.reduce((sum, one) => sum + one.planned, 0) : null
              }
            />
          )}
        </Suspense>
      )}
    </section>
  )
}
