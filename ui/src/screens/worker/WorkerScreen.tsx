import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { WorkerDocument } from '../../../../src/client/index.ts'
import { Screen } from '../../parts/Screen.tsx'
import { Empty, Fault, Loading } from '../../parts/States.tsx'
import { useKeys } from '../../shell/keys.ts'
import { ConditionMark } from '../workers/ConditionMark.tsx'
import { Slots } from '../workers/Slots.tsx'
import { useOccupants, useWorkers, workerKey } from '../workers/use-workers.ts'
import { WorkerActs } from '../workers/WorkerActs.tsx'
import { DrainWaits } from './DrainWaits.tsx'
import { MachineLoad } from './MachineLoad.tsx'
import { WorkerFacts } from './WorkerFacts.tsx'
import { WorkerLoad } from './WorkerLoad.tsx'
import { WorkerRuns } from './WorkerRuns.tsx'
import classes from './WorkerScreen.module.css'

/** One worker: what it is, what runs on it, and what it ran. */
export function WorkerScreen() {
  const { workerId } = useParams({ from: '/workers/$workerId' })
  const { domain } = useSearch({ from: '/workers/$workerId' })
  const navigate = useNavigate()
  const { data: workers, error, refetch } = useWorkers()
  useKeys('Worker', [{ keys: 'Escape', label: 'All workers', run: () => void navigate({ to: '/workers' }) }])
  if (workers === undefined && error !== null) return <Fault error={error} onRetry={() => void refetch()} />
  if (workers === undefined) return <Loading label="Loading the worker" />
  const worker = workers.find((one) => one.worker_id === workerId && (domain ?? one.domain) === one.domain)
  if (worker === undefined) return <Gone id={workerId} domain={domain} />
  const title = (
    <span className={classes.title}>
      {worker.worker_id} <ConditionMark worker={worker} />
    </span>
  )
  return (
    <Screen title={title} named={`Worker ${worker.worker_id}`} actions={<WorkerActs worker={worker} />}>
      <WorkerFacts worker={worker} />
      <Now worker={worker} />
      <section aria-label="The last hour">
        <h2 className={classes.head}>The last hour</h2>
        <div className={classes.hour}>
          <WorkerLoad worker={worker} />
          <MachineLoad worker={worker} />
        </div>
      </section>
      <h2 className={classes.head}>What it ran</h2>
      <WorkerRuns id={workerId} domain={worker.domain} />
    </Screen>
  )
}

function Now({ worker }: { readonly worker: WorkerDocument }) {
  const occupants = useOccupants()[workerKey(worker)] ?? []
  return (
    <>
      <section aria-label="Slots" className={classes.slots}>
        <h2 className={classes.head}>
          Slots, {worker.current_running} of {worker.max_concurrency} in use
        </h2>
        <Slots worker={worker.worker_id} count={worker.max_concurrency} occupants={occupants} named />
      </section>
      <DrainWaits worker={worker} occupants={occupants} />
    </>
  )
}

/** One that said goodbye leaves the list, and what it ran stays. */
function Gone({ id, domain }: { readonly id: string; readonly domain: string | undefined }) {
  return (
    <Screen title={id}>
      <Empty title="This worker is not here" action={<Link to="/workers">All workers</Link>}>
        One that was stopped leaves the list at once, one that is silent after a day. What it ran stands below.
      </Empty>
      <WorkerRuns id={id} domain={domain} />
    </Screen>
  )
}
