import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { JobDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { counted } from '../../parts/format.ts'
import { Mark } from '../../parts/Status.tsx'
import { sentenceOf } from '../../parts/sentence.ts'
import { type Draft, textAt } from '../builder/draft.ts'
import classes from './ImportScreen.module.css'
import type { Import } from './read-import.ts'

/** What became of one: the job, or the sentence why not. */
type Made = { readonly job: JobDocument } | { readonly fault: string }

/** What was found, each with the server's word; those that are chosen are made, one after the other. */
export function ImportList({ found }: { readonly found: Import }) {
  const hydra = useHydra()
  const { jobs, leftOut } = found
  const verdicts = useQuery({
    queryKey: ['import', jobs],
    queryFn: () => inTurns(jobs, (job) => hydra.jobs.validate(job)),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  // Two may have the same name: their place tells them apart, and a list that was read stays as it is.
  const items = jobs.map((job, at) => ({ key: `${at} ${textAt(job, 'name')}`, job, at }))
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set())
  const isWanted = (at: number): boolean => !left.has(at) && verdicts.data?.[at]?.valid === true
  const wanted = jobs.flatMap((job, at) => (isWanted(at) ? [{ job, at }] : []))
  const make = useMutation({
    mutationFn: async () => {
      const made = await inTurns(wanted, async ({ job }): Promise<Made> => {
        try {
          return { job: await hydra.jobs.createFrom(job) }
        } catch (error) {
          return { fault: sentenceOf(error) }
        }
      })
      return new Map(wanted.map(({ at }, index) => [at, made[index]]))
    },
  })
  const failed = [...(make.data?.values() ?? [])].filter((one) => one !== undefined && 'fault' in one).length
  return (
    <>
      <div className={classes.head}>
        <h2>{counted(jobs.length, 'job')} found</h2>
        {make.data === undefined ? (
          <Button size="xs" disabled={wanted.length === 0} loading={make.isPending} onClick={() => make.mutate()}>
            Create {counted(wanted.length, 'job')}
          </Button>
        ) : (
          <strong role="status">
            {counted(make.data.size - failed, 'job')} made{failed > 0 && `, ${failed} refused`}
          </strong>
        )}
      </div>
      <ul className={classes.list}>
        {items.map(({ key, job, at }) => (
          <li key={key}>
            <input
              type="checkbox"
              aria-label={`Import ${textAt(job, 'name')}`}
              checked={isWanted(at)}
              disabled={make.data !== undefined || verdicts.data?.[at]?.valid !== true}
              onChange={() => setLeft(toggled(left, at))}
            />
            <Row job={job} verdict={verdicts.data?.[at]} made={make.data?.get(at)} />
          </li>
        ))}
      </ul>
      {leftOut.length > 0 && (
        <>
          <h2>Left out</h2>
          <ul className={classes.list}>
            {leftOut.map((line) => (
              <li key={line} data-tone="warn">
                <IconAlertTriangle size={15} aria-label="Left out" /> <span>{line}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

function Row({
  job,
  verdict,
  made,
}: {
  readonly job: Draft
  readonly verdict: { readonly valid: boolean; readonly errors: readonly string[] } | undefined
  readonly made: Made | undefined
}) {
  const when =
    textAt(job, 'schedule.cron') ||
    (textAt(job, 'schedule.interval_seconds') && `every ${textAt(job, 'schedule.interval_seconds')} s`)
  return (
    <div className={classes.row}>
      <strong>{textAt(job, 'name') || 'without a name'}</strong> {when && <code>{when}</code>}{' '}
      {made !== undefined && 'job' in made && (
        <Link to="/jobs/$jobId" params={{ jobId: made.job._id }}>
          Open it
        </Link>
      )}
      {made !== undefined && 'fault' in made && <Mark tone="bad" icon={IconX} label={made.fault} />}
      {made === undefined && verdict?.valid === true && <Mark tone="good" icon={IconCheck} label="Valid" />}
      {verdict?.valid === false && <p>{verdict.errors.join('; ')}</p>}
    </div>
  )
}

function toggled(set: ReadonlySet<number>, one: number): ReadonlySet<number> {
  const next = new Set(set)
  if (!next.delete(one)) next.add(one)
  return next
}

/** Does it to each, a few at a time, and answers in their order. */
async function inTurns<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = []
  for (let at = 0; at < all.length; at += 4) answers.push(...(await Promise.all(all.slice(at, at + 4).map(act))))
  return answers
}
