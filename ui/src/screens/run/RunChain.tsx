import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ApiError, type HydraClient, type RunWithAttempts } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { Status } from '../../parts/Status.tsx'
import { Ago } from '../../parts/Time.tsx'
import classes from './RunScreen.module.css'

/** So many runs are looked up in each direction; more are one click further. */
const farthest = 4

type ChainRun = Pick<
  RunWithAttempts,
  '_id' | 'status' | 'created_at' | 'retry_of' | 'retried_as' | 'cancel_requested_at' | 'end_ts'
>

/** The runs that this one repeats, and those that repeat it, oldest first. */
export function RunChain({ run }: { readonly run: RunWithAttempts }) {
  const hydra = useHydra()
  const isChained = run.retry_of !== null || run.retried_as !== null
  const { data } = useQuery({
    queryKey: ['run', run._id, 'chain', run.status, run.retried_as],
    queryFn: () => chainOf(hydra, run),
    enabled: isChained,
    placeholderData: (before) => before,
  })
  if (!isChained || data === undefined) return null
  return (
    <nav aria-label="Retries by hand" className={classes.chain}>
      <ol>
        {data.map((one) => (
          <li key={one._id} aria-current={one._id === run._id ? 'page' : undefined}>
            {one._id === run._id ? (
              <strong>This run</strong>
            ) : (
              <Link to="/runs/$runId" params={{ runId: one._id }}>
                {one._id < run._id ? 'Earlier' : 'Retry'}, <Ago at={one.created_at} />
              </Link>
            )}
            <Status
              status={one._id === run._id ? run.status : one.status}
              cancelling={one.cancel_requested_at !== null && one.end_ts === null}
            />
          </li>
        ))}
      </ol>
    </nav>
  )
}

async function chainOf(hydra: HydraClient, run: ChainRun): Promise<readonly ChainRun[]> {
  const [before, after] = await Promise.all([
    walk(hydra, run, ({ retry_of }) => retry_of),
    walk(hydra, run, ({ retried_as }) => retried_as),
  ])
  return [...before.toReversed(), run, ...after]
}

async function walk(
  hydra: HydraClient,
  from: ChainRun,
  next: (run: ChainRun) => string | null,
): Promise<readonly ChainRun[]> {
  const found: ChainRun[] = []
  for (let id = next(from); id !== null && found.length < farthest; ) {
    const one: ChainRun | null = await hydra.runs.get(id, { tail: 0 }).catch(removed)
    if (one === null) break
    found.push(one)
    id = next(one)
  }
  return found
}

/** What is past its retention is not there any more. */
function removed(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null
  throw error
}
