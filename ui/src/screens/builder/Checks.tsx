import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react'
import type { VerdictDocument } from '../../../../src/client/index.ts'
import { NextTicks } from '../../parts/NextTicks.tsx'
import { Mark } from '../../parts/Status.tsx'
import { OfZone } from '../../parts/Time.tsx'
import { OfJob } from '../jobs/OfJob.tsx'
import classes from './Builder.module.css'
import { DryRun } from './DryRun.tsx'
import { type Draft, secretsIn, textAt, valueAt } from './draft.ts'
import type { Faults } from './faults.ts'
import { scheduleIn } from './schedule-in.ts'
import { WhoFits } from './WhoFits.tsx'

/** What the server says of it, and when it would run. */
export function Checks({
  draft,
  verdict,
  isOld,
  faults,
  showsAll,
  domain,
  jobId,
}: {
  readonly draft: Draft
  readonly verdict: VerdictDocument | null
  readonly isOld: boolean
  readonly faults: Faults
  /** Also what a form would show beside its fields. */
  readonly showsAll: boolean
  /** The job's; null where it is not known yet. */
  readonly domain: string | null
  /** Whose past runs the rules can be tried on; null: there are none. */
  readonly jobId: string | null
}) {
  const secrets = secretsIn(draft)
  const errors = showsAll ? (verdict?.errors ?? []) : faults.others
  const schedule = scheduleIn(valueAt(draft, 'schedule'))
  return (
    <aside className={classes.checks} aria-label="Checks" data-old={isOld || undefined}>
      <h2>Checks</h2>
      <div role="status">
        {verdict === null && <span className="dim">Asking the server…</span>}
        {verdict?.valid === true && <Mark tone="good" icon={IconCheck} label="Valid" />}
        {verdict?.valid === false && <Mark tone="bad" icon={IconX} label={`${verdict.errors.length} to mend`} />}
      </div>
      <List tone="bad" sentences={errors} />
      <List tone="warn" sentences={verdict?.warnings ?? []} />
      {secrets.length > 0 && (
        <List
          tone="warn"
          sentences={[
            `${secrets.join(', ')} ${secrets.length === 1 ? 'looks' : 'look'} like a secret: everybody who may see this job sees it, in each version. Let the worker pass it on (JOB_ENV_PASS).`,
          ]}
        />
      )}
      {schedule !== null && verdict?.valid === true && (
        <OfZone zone={schedule.timezone}>
          <h2>Next runs</h2>
          <NextTicks schedule={schedule} />
        </OfZone>
      )}
      <WhoFits draft={draft} domain={textAt(draft, 'domain') || domain} />
      {jobId !== null && (
        <OfJob jobId={jobId}>
          <DryRun draft={draft} jobId={jobId} />
        </OfJob>
      )}
    </aside>
  )
}

function List({ tone, sentences }: { readonly tone: 'bad' | 'warn'; readonly sentences: readonly string[] }) {
  if (sentences.length === 0) return null
  return (
    <ul className={classes.sentences} data-tone={tone}>
      {sentences.map((sentence) => (
        <li key={sentence}>
          <IconAlertTriangle size={15} aria-label={tone === 'bad' ? 'Fault' : 'Warning'} />
          <span>{sentence}</span>
        </li>
      ))}
    </ul>
  )
}
