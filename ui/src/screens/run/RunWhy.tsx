import { useQuery } from '@tanstack/react-query'
import type { RunWithAttempts } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { statuses, type Tone } from '../../parts/Status.tsx'
import { Since } from '../../parts/Time.tsx'
import classes from './RunScreen.module.css'
import { reasonOf } from './reason.ts'

/** Why it ended as it did, or why it waits: one sentence, and what each worker says where that helps. */
export function RunWhy({ run }: { readonly run: RunWithAttempts }) {
  const reason = reasonOf(run)
  const { tone } = statuses[run.status]
  if (reason !== null) return <Sentence tone={tone}>{reason}</Sentence>
  if (run.status === 'running')
    return (
      <Sentence tone={tone}>
        It runs on {run.worker_id}, for <Since at={run.attempts.at(-1)?.start_ts ?? run.created_at} /> now.
      </Sentence>
    )
  return <Waiting run={run} />
}

function Sentence({ tone, children }: { readonly tone: Tone; readonly children: React.ReactNode }) {
  return (
    <p className={classes.why} data-tone={tone} data-reason>
      {children}
    </p>
  )
}

function Waiting({ run }: { readonly run: RunWithAttempts }) {
  const hydra = useHydra()
  const { data } = useQuery({
    queryKey: ['run', run._id, 'explain'],
    queryFn: () => hydra.runs.explain(run._id),
    refetchInterval: 5000,
  })
  if (data === undefined) return <Sentence tone="idle">Looking why it waits…</Sentence>
  const excluded = data.workers.filter(({ excluded_by }) => excluded_by !== null)
  return (
    <>
      <Sentence tone={data.no_worker ? 'warn' : 'idle'}>{data.summary}</Sentence>
      {excluded.length > 0 && (
        <details className={classes.workers} open={data.no_worker}>
          <summary>What keeps each worker from it</summary>
          <ul>
            {excluded.map(({ worker_id, excluded_by }) => (
              <li key={worker_id}>
                <strong>{worker_id}</strong>: {excluded_by}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
