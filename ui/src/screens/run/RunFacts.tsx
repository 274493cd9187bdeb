import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { RunWithAttempts } from '../../../../src/client/index.ts'
import { CopyButton } from '../../parts/CopyButton.tsx'
import { Ago } from '../../parts/Time.tsx'
import classes from './RunScreen.module.css'

/** What a run is, in a row of words. */
export function RunFacts({ run }: { readonly run: RunWithAttempts }) {
  const tries = run.attempt + run.retries_remaining
  return (
    <dl className={classes.facts}>
      <Fact name="Run">
        <span className="mono">{run._id}</span>
        <CopyButton value={run._id} what="the run's id" />
      </Fact>
      <Fact name="Started by">
        {run.retry_of === null ? (triggers[run.trigger] ?? run.trigger) : 'hand, as a retry'}
      </Fact>
      <Fact name="Due">
        <Ago at={run.scheduled_ts} />
      </Fact>
      {run.attempt > 0 && (
        <Fact name="Attempt">
          {run.attempt}
          {tries > run.attempt && ` of at most ${tries}`}
        </Fact>
      )}
      {run.worker_id !== null && (
        <Fact name="Worker">
          <Link to="/runs" search={{ worker_id: run.worker_id }}>
            {run.worker_id}
          </Link>
        </Fact>
      )}
      {run.returncode !== null && <Fact name="Exit code">{run.returncode}</Fact>}
      {run.failovers > 0 && <Fact name="Moved">{run.failovers} times, off lost workers</Fact>}
      <Fact name="Version">
        <Link to="/jobs/$jobId" params={{ jobId: run.job_id }} search={{ tab: 'versions', version: run.job_version }}>
          {run.job_version}
        </Link>
      </Fact>
      <Fact name="Queue">{run.queue}</Fact>
      <Fact name="User">{run.user}</Fact>
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

const triggers: Readonly<Record<string, string>> = {
  immediate_submit: 'its submission',
  adhoc_run: 'hand, once',
  manual_run: 'hand',
  schedule: 'its schedule',
  retry: 'a retry',
  failover: 'a lost worker',
}
