import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useMemo, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { StatsDocument } from '../../../../src/client/index.ts'
import { counted, exact } from '../../parts/format.ts'
import { useZone } from '../../parts/Time.tsx'
import { chartOptions, outcomes, stacked } from './chart.ts'
import classes from './OverviewScreen.module.css'

const height = 190

/** Runs by time and outcome. A drag over it opens the runs of that span. */
export function RunChart({
  stats,
  onSpan,
}: {
  readonly stats: StatsDocument
  readonly onSpan: (since: string, until: string) => void
}) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const zone = useZone()
  const scheme = useComputedColorScheme()
  const { bucket } = stats
  const data = useMemo(() => stacked(stats), [stats])
  const latest = useRef({ data, onSpan })
  useEffect(() => {
    latest.current = { data, onSpan }
  }, [data, onSpan])

  useEffect(() => {
    const element = place.current
    // Anew with another theme, whose colours a canvas does not know of by itself.
    if (element === null || scheme === undefined) return
    const select = (from: number, to: number): void =>
      latest.current.onSpan(new Date(from * 1000).toISOString(), new Date(to * 1000).toISOString())
    const made = new uPlot(
      chartOptions({ width: element.clientWidth, height, zone, bucket, select, root: element }),
      latest.current.data,
      element,
    )
    chart.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [zone, scheme, bucket])
  useEffect(() => chart.current?.setData(data), [data])

  const total = stats.buckets.reduce((sum, bucket) => sum + bucket.total, 0)
  const label = `${counted(total, 'run')} ended between ${exact(Date.parse(stats.since), zone)} and ${exact(Date.parse(stats.until), zone)}`
  return (
    <>
      <div ref={place} role="img" aria-label={label} className={classes.plot} />
      <ul className={classes.legend} aria-label="Outcomes">
        {outcomes.map(({ name, label: word, tone }) => (
          <li key={name} data-tone={tone}>
            {word}
          </li>
        ))}
        <li>Drag over a span to see its runs.</li>
      </ul>
    </>
  )
}
