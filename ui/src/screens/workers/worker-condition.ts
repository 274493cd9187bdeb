/** What a worker is filtered by: the state that the API set, unless it is away. */
export const workerConditions = ['online', 'draining', 'disabled', 'offline', 'incompatible'] as const
export type WorkerCondition = (typeof workerConditions)[number]
