import type { Order, Start } from './messages.ts'

/**
 * Reads an order without the schema library, which would cost the supervisor a third of its memory. A test holds it
 * against the schemas. @returns null for what is not an order
 */
export function parseOrder(line: string): Order | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  if (!isRecord(value)) return null
  switch (value.kind) {
    case 'start':
      return parseStart(value)
    case 'hello':
      return isNumber(value.protocol) ? { kind: 'hello', protocol: value.protocol } : null
    case 'ping':
      return isNumber(value.n) ? { kind: 'ping', n: value.n } : null
    case 'lease':
      return value.until === null || isNumber(value.until) ? { kind: 'lease', until: value.until } : null
    case 'exit':
      return typeof value.now === 'boolean' ? { kind: 'exit', now: value.now } : null
    default:
      return parseAbout(value)
  }
}

/** An order about an attempt. */
function parseAbout({ kind, run_id, token, cause, grace, seq, done }: Record<string, unknown>): Order | null {
  if (typeof run_id !== 'string' || !isNumber(token)) return null
  if (kind === 'stop' && (cause === 'cancel' || cause === 'stop') && isNumber(grace))
    return { kind, run_id, token, cause, grace }
  if (kind === 'ack' && isNumber(seq) && typeof done === 'boolean') return { kind, run_id, token, seq, done }
  if (kind === 'resend' && isNumber(seq)) return { kind, run_id, token, seq }
  return null
}

function parseStart(value: Record<string, unknown>): Start | null {
  const { run_id, job_id, domain, token, attempt, slot, file, args, env, cwd } = value
  const { script, verbatim, timeout, grace, log_limit, needles } = value
  const named = isText(run_id) && isText(job_id) && isText(domain) && isText(file) && (cwd === null || isText(cwd))
  if (!named || !isNumber(token) || !isNumber(attempt) || !isNumber(slot)) return null
  if (!isNumber(timeout) || !isNumber(grace) || !isNumber(log_limit)) return null
  if ((script !== null && !isText(script)) || typeof verbatim !== 'boolean') return null
  if (!isTexts(args) || !isEnvironment(env) || !isRecord(needles)) return null
  const { stdout_contains, stdout_not_contains, stderr_contains, stderr_not_contains } = needles
  if (!isTexts(stdout_contains) || !isTexts(stdout_not_contains)) return null
  if (!isTexts(stderr_contains) || !isTexts(stderr_not_contains)) return null
  return {
    kind: 'start',
    ...{
      run_id,
      job_id,
      domain,
      token,
      attempt,
      slot,
      file,
      args,
      env,
      cwd,
      script,
      verbatim,
      timeout,
      grace,
      log_limit,
    },
    needles: { stdout_contains, stdout_not_contains, stderr_contains, stderr_not_contains },
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText)
const isEnvironment = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every(isText)
