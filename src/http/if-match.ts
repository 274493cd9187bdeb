import { HydraError, invalid } from '../model/errors.ts'
import type { Job } from '../model/job.ts'

const tag = String.raw`(?:(?:W/)?"[!#-~\x80-\xff]*"|\d+)`
const list = new RegExp(`^${tag}(?:\\s*,\\s*${tag})*$`)

/**
 * What an If-Match header asks of a job (RFC 9110, 13.1.1): its tag is its version. Weak tags count, since a proxy that
 * compresses makes a strong tag weak; and a bare number does, since that is what people type.
 * @returns throws PRECONDITION_FAILED for a job at another version @throws INVALID for what is no list of tags
 */
export function expected(header: string | undefined): (job: Pick<Job, 'version'>) => void {
  if (header === undefined || header.trim() === '*') return () => {}
  if (!list.test(header.trim()))
    throw invalid([{ path: 'If-Match', message: 'must be a version as in an ETag ("3"), a list of such, or *' }])
  const versions = new Set(Array.from(header.matchAll(/"([^"]*)"|(\d+)/g), ([, quoted, bare]) => quoted ?? bare))
  return ({ version }) => {
    if (versions.has(String(version))) return
    throw new HydraError('PRECONDITION_FAILED', `The job is at version ${version}; another was faster.`)
  }
}
