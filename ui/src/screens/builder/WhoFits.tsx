import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { Mark } from '../../parts/Status.tsx'
import { useWorkers } from '../workers/use-workers.ts'
import classes from './Builder.module.css'
import type { Draft } from './draft.ts'
import { type Fit, whoFits } from './who-fits.ts'

/** Workers that are shown of each sort. */
const most = 8

/** Which workers could take a run of the draft right now, and why the others could not. */
export function WhoFits({ draft, domain }: { readonly draft: Draft; readonly domain: string | null }) {
  const { data } = useWorkers()
  if (data === undefined) return null
  const all = whoFits(draft, data, domain)
  const free = all.filter(({ why }) => why === null)
  const others = all.slice(free.length)
  const isFine = free.length > 0
  return (
    <>
      <h2>Workers now</h2>
      <Mark
        tone={isFine ? 'good' : 'warn'}
        icon={isFine ? IconCheck : IconAlertTriangle}
        label={all.length === 0 ? 'No worker is there' : `${free.length} of ${all.length} could take it`}
      />
      <Workers fits={free} />
      {others.length > 0 && (
        <details className={classes.more} open={!isFine}>
          <summary>{others.length === 1 ? 'Why one could not' : `Why ${others.length} could not`}</summary>
          <Workers fits={others} />
        </details>
      )}
    </>
  )
}

function Workers({ fits }: { readonly fits: readonly Fit[] }) {
  if (fits.length === 0) return null
  return (
    <ul className={classes.workers}>
      {fits.slice(0, most).map(({ worker: { worker_id: id, domain }, why }) => (
        <li key={`${domain}/${id}`}>
          <Link to="/workers/$workerId" params={{ workerId: id }} search={{ domain }}>
            {id}
          </Link>
          {why !== null && <span className="dim">: {why}</span>}
        </li>
      ))}
      {fits.length > most && <li className="dim">and {fits.length - most} more</li>}
    </ul>
  )
}
