import { NativeSelect } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { finalStatuses, type RunDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { counted, exact } from '../../parts/format.ts'
import { Mark, statuses } from '../../parts/Status.tsx'
import { sentenceOf } from '../../parts/sentence.ts'
import { useZone } from '../../parts/Time.tsx'
import classes from './Builder.module.css'
import type { Draft } from './draft.ts'
import { judge, rulesIn } from './dry-run.ts'

/** Runs that can be chosen. */
const limit = 20

/** What the rules of the draft would have said of a past run, by what its log has. */
export function DryRun({ draft, jobId }: { readonly draft: Draft; readonly jobId: string }) {
  const hydra = useHydra()
  const zone = useZone()
  const [chosen, setChosen] = useState('')
  const { data } = useQuery({
    queryKey: ['job-runs', jobId, 'ended'],
    queryFn: ({ signal }) => hydra.jobs.runsPage(jobId, { status: finalStatuses, limit, tail: 0 }, signal),
  })
  // Without an exit status there was nothing to judge.
  const runs = data?.items.filter(({ returncode }) => returncode !== null) ?? []
  const run = runs.find(({ _id }) => _id === chosen)
  if (runs.length === 0) return null
  return (
    <>
      <h2>Rules, tried on a past run</h2>
      <NativeSelect
        aria-label="Past run"
        size="xs"
        value={chosen}
        data={[
          { value: '', label: 'Choose a run' },
          ...runs.map(({ _id, status, scheduled_ts }) => ({
            value: _id,
            label: `${statuses[status].label}, ${exact(Date.parse(scheduled_ts), zone)}`,
          })),
        ]}
        onChange={({ currentTarget }) => setChosen(currentTarget.value)}
      />
      {run !== undefined && <Judgement draft={draft} run={run} />}
    </>
  )
}

function Judgement({ draft, run }: { readonly draft: Draft; readonly run: RunDocument }) {
  const hydra = useHydra()
  const rules = rulesIn(draft)
  const { _id, attempt, returncode } = run
  const { data, error } = useQuery({
    queryKey: ['dry-run', _id, attempt, rules],
    queryFn: ({ signal }) =>
      judge(rules, {
        returncode: returncode ?? 0,
        open: (stream) => hydra.runs.log(_id, { stream, attempt }, signal),
        lastLine: async () => (await hydra.logs.lines(_id, { attempt, from: -1, count: 1 })).lines[0],
      }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
    retry: false,
  })
  return (
    <div role="status" className={classes.judgement}>
      {error !== null && sentenceOf(error)}
      {error === null && data === undefined && <span className="dim">Reading its log…</span>}
      {data?.broken === null && <Mark tone="good" icon={IconCheck} label="It would have succeeded" />}
      {typeof data?.broken === 'string' && (
        <>
          <Mark tone="bad" icon={IconX} label="It would have failed" />
          <div>{data.broken}</div>
        </>
      )}
      {data !== undefined && data.unseen > 0 && (
        <div className="dim">
          Its log was cut: {counted(data.unseen, 'byte')} of output are not in it, and no rule sees them here.
        </div>
      )}
    </div>
  )
}
