import { readFileSync } from 'node:fs'

/** The version of this package. */
export function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const found = /"version":\s*"([^"]+)"/.exec(text)
  return found?.[1] ?? '0.0.0'
}
