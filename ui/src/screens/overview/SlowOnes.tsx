import { Link } from '@tanstack/react-router'
import type { AttentionDocument } from '../../../../src/client/index.ts'
import { duration, number } from '../../parts/format.ts'
import { List } from './List.tsx'
import { type Looked, spanWords } from './span.ts'
import { useAttention } from './use-stats.ts'

const most = 8

/** Runs that took, or take, much longer than those of their job do. */
export function SlowOnes({ looked }: { readonly looked: Looked }) {
  const { data } = useAttention(looked)
  const rows = data?.slow.slice(0, most).map((one) => ({ key: one.run_id, row: <Slow slow={one} /> }))
  return (
    <List
      title={
        data === undefined || data.complete
          ? 'Slow against their own past'
          : `Slow against their own past, of the last ${number(data.looked)}`
      }
      rows={rows ?? null}
      none={`Nothing took much longer than it does otherwise ${spanWords(looked)}.`}
    />
  )
}

function Slow({ slow }: { readonly slow: AttentionDocument['slow'][number] }) {
  const { name, run_id, seconds, p50, p95, of, status } = slow
  const past = `half of its ${number(of)} runs in two weeks took up to ${duration(p50)}, 95 % up to ${duration(p95)}`
  return (
    <>
      <Link to="/runs/$runId" params={{ runId: run_id }}>
        {name}
      </Link>
      <span className="dim" title={past}>
        {status === 'running' ? 'so far ' : ''}
        {duration(seconds)}, p95 {duration(p95)}
      </span>
    </>
  )
}
