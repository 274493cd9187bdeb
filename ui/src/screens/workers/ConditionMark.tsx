import type { WorkerDocument } from '../../../../src/client/index.ts'
import { Mark } from '../../parts/Status.tsx'
import { conditionOf, conditions, conditionWords } from './worker-state.ts'

/** How a worker stands. */
export function ConditionMark({ worker }: { readonly worker: WorkerDocument }) {
  const { tone, icon } = conditions[conditionOf(worker)]
  return <Mark tone={tone} icon={icon} label={conditionWords(worker)} />
}
