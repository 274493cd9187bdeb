import { useQuery } from '@tanstack/react-query'
import type { WorkerDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import { number, size } from '../../parts/format.ts'
import { useNow } from '../../parts/now.ts'
import { HourChart } from './HourChart.tsx'
import { loadScale, memoryUsed, type Sample, shapeOf } from './machine.ts'
import classes from './WorkerScreen.module.css'

/** How often it is asked for: a worker tells once a minute. ms */
const every = 30_000

/** The load and the memory of a worker's machine over the last hour, as the worker tells of them. */
export function MachineLoad({ worker }: { readonly worker: WorkerDocument }) {
  const hydra = useHydra()
  const { worker_id, domain, cpu_count } = worker
  const { data } = useQuery({
    queryKey: ['machine', domain, worker_id],
    queryFn: ({ signal }) => hydra.workers.load(worker_id, domain, signal),
    refetchInterval: every,
    // One of another protocol is known to nobody.
    enabled: worker.state !== 'incompatible',
  })
  const now = useNow() / 1000
  const samples = data?.samples ?? []
  const last = samples.at(-1)
  if (last === undefined) return data === undefined ? null : <p className={classes.untold}>{untold}</p>
  const scale = loadScale(samples, cpu_count)
  const loads = samples.map(({ ts, load_average }) => ({ ts, height: load_average && load_average / scale }))
  const used = samples.map((sample) => ({ ts: sample.ts, height: memoryUsed(sample) }))
  return (
    <>
      {last.load_average !== null && (
        <HourChart
          title="Load"
          note={`${last.load_average.toFixed(2)} on ${number(cpu_count)} CPU`}
          words={`Load of the machine: ${last.load_average.toFixed(2)} now, ${highest(samples)} at most`}
          shape={shapeOf(loads, now)}
        />
      )}
      <HourChart
        title="Memory"
        note={`${size(last.memory_total - last.memory_free)} of ${size(last.memory_total)} in use`}
        words={`Memory of the machine: ${Math.round(memoryUsed(last) * 100)} % in use now`}
        shape={shapeOf(used, now)}
      />
    </>
  )
}

const untold = 'This worker has not told of the load and the memory of its machine in the last hour.'

const highest = (samples: readonly Sample[]): string =>
  Math.max(...samples.map(({ load_average }) => load_average ?? 0)).toFixed(2)
