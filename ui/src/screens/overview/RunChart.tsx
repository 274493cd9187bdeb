import { useComputedColorScheme } from '@mantine/core'
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { PlannedDocument, StatsDocument } from '../../../../src/client/index.ts'
import { spanText } from '../../parts/format.ts'
import { useZone } from '../../parts/Time.tsx'
import { type Bar, barsOf, barWords, sumOfBars } from './bars.ts'
import { type ChartWishes, chartOptions, stacked } from './chart.ts'
import classes from './OverviewScreen.module.css'
import type { Span } from './span.ts'
import { useBarKeys } from './use-bar-keys.ts'

const height = 190

/** Runs by time and outcome, and what is planned. A drag over it, or Shift with the arrows, chooses a span. */
export function RunChart({
  stats,
  planned,
  chosen,
  onSpan,
}: {
  readonly stats: StatsDocument
  readonly planned: PlannedDocument | null
  readonly chosen: Span | null
  readonly onSpan: (span: Span | null) => void
}) {
  const zone = useZone()
  const { bucket } = stats
  const bars = useMemo(() => barsOf(stats, planned), [stats, planned])
  const [pointed, setPointed] = useState<number | null>(null)
  const choose = (from: number, to: number): void => onSpan({ since: isoOf(from), until: isoOf(to) })
  const keys = useBarKeys(bars.length, {
    choose: (first, last) => choose(bars[first]?.start ?? 0, (bars[last]?.start ?? 0) + bucket),
    letGo: () => onSpan(null),
  })
  const place = useRef<HTMLDivElement>(null)
  const chart = useChart(place, bars, { zone, bucket, select: choose, point: setPointed })
  const marked = keys.place === null ? chosen && timesOf(chosen) : timesAt(bars, keys.place, bucket)
  useMark(chart, marked, bars)

  const textOf = (some: readonly Bar[]): string => {
    const [first, last] = [some[0]?.start ?? 0, (some.at(-1)?.start ?? 0) + bucket]
    return `${spanText(first * 1000, last * 1000, zone)}, ${barWords(sumOfBars(some))}`
  }
  const { at, from } = keys.here
  const underKeys = bars.slice(Math.min(at, from), Math.max(at, from) + 1)
  const shown = keys.place !== null ? underKeys : bars.slice(pointed ?? bars.length, (pointed ?? bars.length) + 1)
  return (
    <>
      <div
        ref={place}
        role="slider"
        tabIndex={0}
        aria-label="Runs by time. Arrows go from bar to bar, Shift takes several, Enter narrows the page to them"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, bars.length - 1)}
        aria-valuenow={at}
        aria-valuetext={textOf(underKeys)}
        className={classes.plot}
        onKeyDown={keys.onKeyDown}
        onFocus={keys.onFocus}
        onBlur={keys.onBlur}
      />
      <p className={classes.readout}>
        {shown.length > 0 ? textOf(shown) : 'Drag over a span, or use the arrows, to narrow the page to it.'}
      </p>
    </>
  )
}

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString()
const timesOf = ({ since, until }: Span) => ({ from: Date.parse(since) / 1000, to: Date.parse(until) / 1000 })

function timesAt(bars: readonly Bar[], { at, from }: { readonly at: number; readonly from: number }, bucket: number) {
  const [first, last] = [bars[Math.min(at, from)], bars[Math.max(at, from)]]
  return first === undefined || last === undefined ? null : { from: first.start, to: last.start + bucket }
}

/** The drawing: made anew with another zone, theme or width of bars, given new bars otherwise. */
function useChart(
  place: RefObject<HTMLDivElement | null>,
  bars: readonly Bar[],
  wishes: Pick<ChartWishes, 'zone' | 'bucket' | 'select' | 'point'>,
): uPlot | null {
  const { zone, bucket } = wishes
  const [chart, setChart] = useState<uPlot | null>(null)
  const scheme = useComputedColorScheme()
  const data = useMemo(() => stacked(bars), [bars])
  const latest = useRef({ data, wishes })
  useEffect(() => {
    latest.current = { data, wishes }
  }, [data, wishes])
  useEffect(() => {
    const element = place.current
    // Anew with another theme, whose colours a canvas does not know of by itself.
    if (element === null || scheme === undefined) return
    const acts = {
      select: (from: number, to: number) => latest.current.wishes.select(from, to),
      point: (at: number | null) => latest.current.wishes.point(at),
    }
    const size = { width: element.clientWidth, height }
    const made = new uPlot(
      chartOptions({ ...size, ...acts, zone, bucket, root: element }),
      latest.current.data,
      element,
    )
    setChart(made)
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      setChart(null)
      observer.disconnect()
      made.destroy()
    }
  }, [place, zone, scheme, bucket])
  useEffect(() => chart?.setData(data), [chart, data])
  return chart
}

/** Shows what is chosen as the drag that chose it was shown. @param bars what is drawn: another drawing is marked anew */
function useMark(
  chart: uPlot | null,
  marked: { readonly from: number; readonly to: number } | null,
  bars: readonly Bar[],
) {
  const from = marked?.from ?? null
  const to = marked?.to ?? null
  useEffect(() => {
    if (chart === null || bars.length === 0) return
    const [left, right] = from === null || to === null ? [0, 0] : [chart.valToPos(from, 'x'), chart.valToPos(to, 'x')]
    const first = Math.max(0, left)
    const width = Math.max(0, Math.min(right, chart.over.clientWidth) - first)
    chart.setSelect({ left: first, width, top: 0, height: width === 0 ? 0 : chart.over.clientHeight }, false)
  }, [chart, from, to, bars])
}
