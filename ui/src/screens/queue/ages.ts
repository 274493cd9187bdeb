const hour = 3_600_000

/** How far back dead letters are looked at. ms */
export const ages = [
  { name: 'hour', label: 'The last hour', length: hour },
  { name: 'day', label: 'The last day', length: 24 * hour },
  { name: 'week', label: 'The last week', length: 168 * hour },
] as const
export type Age = (typeof ages)[number]['name']

export const ageNames = ages.map(({ name }) => name)

/** When an age began, as of now (ms since the epoch). Pure. */
export const beginOf = (age: Age, now: number): string =>
  new Date(now - (ages.find(({ name }) => name === age)?.length ?? 0)).toISOString()
