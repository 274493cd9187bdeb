import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import type { WorkerDocument } from '../../../../src/client/index.ts'
import { useWho } from '../../api/hydra.tsx'
import { Mark } from '../../parts/Status.tsx'
import { Ago } from '../../parts/Time.tsx'
import { ConditionMark } from './ConditionMark.tsx'
import { Slots } from './Slots.tsx'
import type { Occupant } from './use-workers.ts'
import { WorkerActs } from './WorkerActs.tsx'
import classes from './WorkersScreen.module.css'

/** One worker in the grid. Drawn again only when something about it changed. */
export const WorkerCard = memo(function WorkerCard({
  worker,
  occupants,
  domainShown,
}: {
  readonly worker: WorkerDocument
  readonly occupants: readonly Occupant[]
  readonly domainShown: boolean
}) {
  const { worker_id, domain, current_running, max_concurrency, last_heartbeat, status } = worker
  return (
    <article className={classes.card} aria-label={`Worker ${worker_id}`}>
      <header>
        <Link
          to="/workers/$workerId"
          params={{ workerId: worker_id }}
          {...(domainShown && { search: { domain } })}
          className={classes.title}
          data-row-link
        >
          {worker_id}
        </Link>
        <ConditionMark worker={worker} />
      </header>
      <p className="dim">
        {domainShown && `${domain} · `}
        {worker.hostname} · {worker.os} · {worker.cpu_count} CPU
        {status === 'offline' && (
          <>
            {' · last heard '}
            <Ago at={new Date(last_heartbeat * 1000).toISOString()} />
          </>
        )}
      </p>
      <div className={classes.load}>
        <progress value={current_running} max={max_concurrency} aria-label={`Slots of ${worker_id} in use`} />
        <span className="number">
          {current_running} of {max_concurrency} in use
        </span>
      </div>
      <Slots worker={worker_id} count={max_concurrency} occupants={occupants} />
      <footer>
        <Words worker={worker} />
        <span className={classes.acts}>
          <WorkerActs worker={worker} variant="subtle" />
        </span>
      </footer>
    </article>
  )
})

/** Its queues and tags, and its version where that is not the server's. */
function Words({ worker: { queues, tags, version } }: { readonly worker: WorkerDocument }) {
  const server = useWho().version
  return (
    <span className={classes.words}>
      {queues.map((queue) => (
        <Link key={`q ${queue}`} to="/workers" search={{ queue }} className={classes.queue} title={`Queue ${queue}`}>
          {queue}
        </Link>
      ))}
      {tags.map((tag) => (
        <Link key={tag} to="/workers" search={{ tag }} title={`Tag ${tag}`}>
          #{tag}
        </Link>
      ))}
      {version !== server ? (
        <Mark tone="warn" label={`version ${version || 'unknown'}`} />
      ) : (
        <span className="dim">v{version}</span>
      )}
    </span>
  )
}
