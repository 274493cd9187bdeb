import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { finalStatuses, type StatsDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { number } from '../../parts/format.ts'
import type { Tone } from '../../parts/Status.tsx'
import { causesOf, standing } from '../queue/causes.ts'
import classes from './OverviewScreen.module.css'
import { type Looked, spanWords } from './span.ts'

/** What matters in a number each; each leads to the list that it counts. */
export function Figures({ stats, looked }: { readonly stats: StatsDocument | null; readonly looked: Looked }) {
  const hydra = useHydra()
  const health = useQuery({ queryKey: ['health'], queryFn: () => hydra.health(), refetchInterval: 15_000 })
  const ready = useQuery({ queryKey: ['ready'], queryFn: () => hydra.ready(), refetchInterval: 15_000, retry: false })
  const queue = useQuery({ queryKey: ['queue'], queryFn: () => hydra.queue() })
  const { failed, total } = sumOf(stats)
  const span = stats === null ? {} : { since: stats.since, until: stats.until }
  const waiting = health.data?.pending_jobs ?? null
  const why =
    waiting === 0 || queue.data === undefined ? null : standing(causesOf(queue.data.pending), waiting ?? 0).text
  const isUp = ready.data?.ready === true
  return (
    <div className={classes.figures}>
      <Figure
        name="System"
        tone={ready.isPending ? 'idle' : isUp ? 'good' : 'bad'}
        hint={hintOf(ready.data, ready.error)}
      >
        {ready.isPending ? '…' : isUp ? 'All well' : 'Not well'}
      </Figure>
      <Figure
        name="Workers online"
        tone={health.data?.workers === 0 ? 'bad' : 'idle'}
        hint={health.data?.workers === 0 ? 'Nothing can run: start one with hydra worker.' : null}
      >
        <Link to="/workers">{health.data === undefined ? '…' : number(health.data.workers)}</Link>
      </Figure>
      <Figure name="Waiting" tone={waiting ? 'warn' : 'idle'} hint={why}>
        <Link to="/runs" search={{ status: ['pending'] }}>
          {waiting === null ? '…' : number(waiting)}
        </Link>
      </Figure>
      <Figure
        name={`Failed ${spanWords(looked)}`}
        tone={failed ? 'bad' : 'idle'}
        hint={<Share failed={failed} total={total} span={span} />}
      >
        <Link to="/runs" search={{ status: ['failed', 'timed_out'], ...span }}>
          {failed === null ? '…' : number(failed)}
        </Link>
      </Figure>
    </div>
  )
}

function Figure({
  name,
  tone,
  hint,
  children,
}: {
  readonly name: string
  readonly tone: Tone
  readonly hint: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section className={classes.figure} data-tone={tone} aria-label={name}>
      <h2>{name}</h2>
      <strong className="number">{children}</strong>
      {hint !== null && <p title={typeof hint === 'string' ? hint : undefined}>{hint}</p>}
    </section>
  )
}

function sumOf(stats: StatsDocument | null): { readonly failed: number | null; readonly total: number | null } {
  if (stats === null) return { failed: null, total: null }
  const sum = (of: (bucket: StatsDocument['buckets'][number]) => number): number =>
    stats.buckets.reduce((all, bucket) => all + of(bucket), 0)
  return { failed: sum((bucket) => bucket.failed + bucket.timed_out), total: sum((bucket) => bucket.total) }
}

/** Of how many, which are a list too. */
function Share({
  failed,
  total,
  span,
}: {
  readonly failed: number | null
  readonly total: number | null
  readonly span: { readonly since?: string; readonly until?: string }
}) {
  if (failed === null || total === null) return null
  if (total === 0) return 'No run has ended.'
  return (
    <>
      of{' '}
      <Link to="/runs" search={{ status: finalStatuses, ...span }}>
        {number(total)} that ended
      </Link>
      , {((100 * failed) / total).toFixed(1)} %
    </>
  )
}

function hintOf(
  data:
    | { readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[] }
    | undefined,
  error: Error | null,
) {
  if (error !== null) return error.message
  const bad = data?.checks.find(({ ok }) => !ok)
  if (bad !== undefined) return `${bad.name}: ${bad.detail}`
  return data === undefined ? null : `Store, broker and all ${data.checks.length} checks of the server are well.`
}
