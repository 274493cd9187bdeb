import { SegmentedControl } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { FilterMark } from '../../parts/FilterMarks.tsx'
import { spanText } from '../../parts/format.ts'
import { Filters, Screen } from '../../parts/Screen.tsx'
import { Fault } from '../../parts/States.tsx'
import { useZone } from '../../parts/Time.tsx'
import { Chart } from './Chart.tsx'
import { FailingMost } from './FailingMost.tsx'
import { Figures } from './Figures.tsx'
import { LateNow } from './LateNow.tsx'
import { NextUp } from './NextUp.tsx'
import classes from './OverviewScreen.module.css'
import { RunningNow } from './RunningNow.tsx'
import type { RangeName } from './ranges.ts'
import { SlowOnes } from './SlowOnes.tsx'
import type { Looked, Span } from './span.ts'
import { useStats } from './use-stats.ts'

/** Whether all is well, what failed, what is slow or late, what runs and what comes next. */
export function OverviewScreen() {
  const { range = 'day', since, until } = useSearch({ from: '/' })
  const chosen = since === undefined || until === undefined || since >= until ? null : { since, until }
  const looked: Looked = { range, chosen }
  // The chart shows the range, whatever is chosen of it.
  const whole = useStats({ range, chosen: null })
  const part = useStats(looked)
  const stats = part.data ?? null
  return (
    <Screen title="Overview" actions={<RangeChoice range={range} />}>
      {whole.error !== null && whole.data === undefined && (
        <Fault error={whole.error} onRetry={() => void whole.refetch()} />
      )}
      {chosen !== null && <Chosen range={range} span={chosen} />}
      <Figures stats={stats} looked={looked} />
      <Chart whole={whole.data} part={stats} looked={looked} />
      <div className={classes.columns}>
        <div>
          <RunningNow />
          <NextUp />
        </div>
        <div>
          <LateNow looked={looked} />
          <SlowOnes looked={looked} />
        </div>
        <div>
          <FailingMost looked={looked} />
        </div>
      </div>
    </Screen>
  )
}

/** What was chosen on the chart, until it is taken away. */
function Chosen({ range, span: { since, until } }: { readonly range: RangeName; readonly span: Span }) {
  const navigate = useNavigate({ from: '/' })
  const words = spanText(Date.parse(since), Date.parse(until), useZone())
  return (
    <Filters>
      <FilterMark label={words} onRemove={() => void navigate({ search: { range } })} />
    </Filters>
  )
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
