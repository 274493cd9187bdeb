import { parse } from 'node:querystring'

/** A URL's query: a name given several times has a list; one without a value is as if it were not given. */
export function readQuery(text: string): Record<string, unknown> {
  const query: Record<string, unknown> = Object.create(null)
  for (const [name, value] of Object.entries(parse(text))) if (value !== '') query[name] = value
  return query
}
