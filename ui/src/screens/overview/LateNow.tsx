import { Link } from '@tanstack/react-router'
import type { AttentionDocument } from '../../../../src/client/index.ts'
import { duration } from '../../parts/format.ts'
import { List } from './List.tsx'
import { type Looked, spanWords } from './span.ts'
import { useAttention } from './use-stats.ts'

const most = 8

/** What is due and has not started, and what started late. */
export function LateNow({ looked }: { readonly looked: Looked }) {
  const { data } = useAttention(looked)
  const rows = data?.late
    .slice(0, most)
    .map((one) => ({ key: `${one.state} ${one.run_id ?? one.job_id}`, row: <Late late={one} /> }))
  return (
    <List title="Late" rows={rows ?? null} none={`Nothing was more than half a minute late ${spanWords(looked)}.`} />
  )
}

const words = {
  undecided: 'not decided for',
  waiting: 'waits for',
  started: 'started late by',
} satisfies Record<AttentionDocument['late'][number]['state'], string>

function Late({
  late: { name, job_id, run_id, state, seconds, reason },
}: {
  readonly late: AttentionDocument['late'][number]
}) {
  return (
    <>
      {run_id === null ? (
        <Link to="/jobs/$jobId" params={{ jobId: job_id }}>
          {name}
        </Link>
      ) : (
        <Link to="/runs/$runId" params={{ runId: run_id }}>
          {name}
        </Link>
      )}
      <span className="dim" title={reason ?? undefined}>
        {words[state]} {duration(seconds)}
      </span>
    </>
  )
}
