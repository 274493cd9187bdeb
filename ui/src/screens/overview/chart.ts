import uPlot from 'uplot'
import { type Bar, outcomes } from './bars.ts'

/** Times in seconds, then a series for each kind, each upon the ones below: the last to be drawn is the lowest. Pure. */
export function stacked(bars: readonly Bar[]): uPlot.AlignedData {
  const upTo = (last: number) => (bar: Bar) =>
    outcomes.slice(0, last + 1).reduce((sum, { name }) => sum + bar.counts[name], 0)
  const all = upTo(outcomes.length - 1)
  const series = outcomes.map((_, at) => bars.map(upTo(at)))
  return [bars.map(({ start }) => start), bars.map((bar) => all(bar) + bar.planned), ...series.toReversed()]
}

export interface ChartWishes {
  readonly width: number
  readonly height: number
  readonly zone: string
  /** Seconds. */
  readonly bucket: number
  /** Whole bars, in seconds since the epoch. */
  readonly select: (from: number, to: number) => void
  /** The bar that is pointed at. */
  readonly point: (at: number | null) => void
  /** Where colours are read. */
  readonly root: Element
}

export function chartOptions({ width, height, zone, bucket, select, point, root }: ChartWishes): uPlot.Options {
  const color = (name: string): string => getComputedStyle(root).getPropertyValue(name)
  const axis = { stroke: color('--dim'), grid: { stroke: color('--line-soft'), width: 1 }, ticks: { show: false } }
  const bars = uPlot.paths.bars?.({ size: [0.8, 60], align: 1 })
  const shape = { points: { show: false }, ...(bars && { paths: bars }) }
  return {
    width,
    height,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: { range: (_, first, last) => [first, last + bucket] },
      y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] },
    },
    axes: [
      { ...axis, values: hours },
      { ...axis, size: 46, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? String(tick) : '')) },
    ],
    series: [
      {},
      { label: 'Planned', fill: color('--live-soft'), stroke: color('--live'), width: 1, ...shape },
      ...outcomes.toReversed().map(({ label, tone }) => ({ label, fill: color(`--${tone}`), width: 0, ...shape })),
    ],
    hooks: {
      setCursor: [({ cursor: { idx, left } }) => point(idx == null || left === undefined || left < 0 ? null : idx)],
      setSelect: [
        ({ select: { left, width: wide }, posToVal }) => {
          if (wide < 3) return
          const [from, to] = [posToVal(left, 'x'), posToVal(left + wide, 'x')]
          // Whole bars, so that the lists have what was seen.
          select(Math.floor(from / bucket) * bucket, Math.ceil(to / bucket) * bucket)
        },
      ],
      draw: [(chart) => drawNow(chart, color('--dim'))],
    },
  }
}

/** A line between what has been and what comes. */
function drawNow({ ctx, bbox: { top, height, left, width }, valToPos }: uPlot, color: string): void {
  const at = Math.round(valToPos(Date.now() / 1000, 'x', true))
  if (at < left || at > left + width) return
  ctx.save()
  ctx.strokeStyle = color
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(at, top)
  ctx.lineTo(at, top + height)
  ctx.stroke()
  ctx.restore()
}

/** 24 hours, and days where they begin. */
const hours: uPlot.Axis.Values = [
  [86_400, '{DD} {MMM}', null, null, null, null, null, null, 1],
  [3600, '{HH}:{mm}', '\n{DD} {MMM}', null, '\n{DD} {MMM}', null, null, null, 1],
  [60, '{HH}:{mm}', '\n{DD} {MMM}', null, '\n{DD} {MMM}', null, null, null, 1],
]
