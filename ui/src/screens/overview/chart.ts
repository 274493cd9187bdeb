import uPlot from 'uplot'
import type { StatsDocument } from '../../../../src/client/index.ts'

/** What is stacked, from the bottom. The tones are the page's own. */
export const outcomes = [
  { name: 'success', label: 'Success', tone: 'good' },
  { name: 'cancelled', label: 'Cancelled', tone: 'idle' },
  { name: 'timed_out', label: 'Timed out', tone: 'warn' },
  { name: 'failed', label: 'Failed', tone: 'bad' },
] as const

/** Times in seconds, then a series for each outcome, each upon the ones below: the last to be drawn is the lowest. Pure. */
export function stacked({ buckets }: StatsDocument): uPlot.AlignedData {
  const series = outcomes.map((_, at) =>
    buckets.map((bucket) => outcomes.slice(0, at + 1).reduce((sum, { name }) => sum + bucket[name], 0)),
  )
  return [buckets.map(({ start }) => Date.parse(start) / 1000), ...series.toReversed()]
}

/** @param bucket seconds @param root where colours are read */
export function chartOptions({
  width,
  height,
  zone,
  bucket,
  select,
  root,
}: {
  readonly width: number
  readonly height: number
  readonly zone: string
  readonly bucket: number
  readonly select: (from: number, to: number) => void
  readonly root: Element
}): uPlot.Options {
  const color = (name: string): string => getComputedStyle(root).getPropertyValue(name)
  const axis = { stroke: color('--dim'), grid: { stroke: color('--line-soft'), width: 1 }, ticks: { show: false } }
  const bars = uPlot.paths.bars?.({ size: [0.8, 60], align: 1 })
  return {
    width,
    height,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: { y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] } },
    axes: [
      { ...axis, values: hours },
      { ...axis, size: 46, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? String(tick) : '')) },
    ],
    series: [
      {},
      ...outcomes.toReversed().map(({ label, tone }) => ({
        label,
        fill: color(`--${tone}`),
        width: 0,
        points: { show: false },
        ...(bars && { paths: bars }),
      })),
    ],
    hooks: {
      setSelect: [
        ({ select: { left, width: wide }, posToVal }) => {
          if (wide < 3) return
          const [from, to] = [posToVal(left, 'x'), posToVal(left + wide, 'x')]
          // Whole bars, so that the list has what was seen.
          select(Math.floor(from / bucket) * bucket, Math.ceil(to / bucket) * bucket)
        },
      ],
    },
  }
}

/** 24 hours, and days where they begin. */
const hours: uPlot.Axis.Values = [
  [86_400, '{DD} {MMM}', null, null, null, null, null, null, 1],
  [3600, '{HH}:{mm}', '\n{DD} {MMM}', null, '\n{DD} {MMM}', null, null, null, 1],
  [60, '{HH}:{mm}', '\n{DD} {MMM}', null, '\n{DD} {MMM}', null, null, null, 1],
]
