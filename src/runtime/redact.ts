const secretKey =
  /^(?:x-api-key|authorization|cookie|set-cookie|password|passwd)$|(?:token|secret|api[-_]?key|secret[-_]key)$/i
const inQuery = /([?&](?:token|api_token|x-api-key|access_token)=)[^&\s#"'<>]+/gi
const inHeader = /\b((?:bearer|x-api-key:)\s+)[\w.~+/=-]{6,}/gi
const inUrl = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*:)[^\s@"']+(?=@)/gi

/** What stands in the log in place of a secret. */
export const redacted = '[redacted]'

/** A text without the tokens of URLs (`?token=…`), of headers (`Bearer …`) and the passwords of connection URLs. */
export const redactText = (text: string): string =>
  text.replace(inQuery, `$1${redacted}`).replace(inHeader, `$1${redacted}`).replace(inUrl, `$1${redacted}`)

/** How deep the fields of a log line are followed: enough for a request, and a cycle ends. */
const deepest = 6

/**
 * The fields of a log line without secrets: the texts under names such as `x-api-key`, `authorization` or `*_token` are
 * replaced whole, all others as in `redactText`. A number under such a name stays: a run's fencing token is no secret.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return redactError(value, depth)
  if (value instanceof Date) return value
  if (depth >= deepest) return '…'
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  return redactFields(value, depth + 1)
}

/** As `redact`, for the fields themselves. */
export const redactFields = (fields: object, depth = 0): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, item]): [string, unknown] => [
      key,
      secretKey.test(key) && holdsText(item) ? redacted : redact(item, depth),
    ]),
  )

const holdsText = (value: unknown): boolean =>
  typeof value === 'string' ? value !== '' : typeof value === 'object' && value !== null

function redactError(error: Error, depth: number): unknown {
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const cause = error.cause !== undefined && depth < deepest ? { cause: redact(error.cause, depth + 1) } : {}
  const stack = error.stack === undefined ? {} : { stack: redactText(error.stack) }
  return { type: error.name, message: redactText(error.message), ...code, ...stack, ...cause }
}
