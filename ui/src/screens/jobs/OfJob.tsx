import type { ReactNode } from 'react'
import { OfZone } from '../../parts/Time.tsx'
import { useSettings } from '../../settings/settings.ts'
import { useJobZone } from './job-marks.ts'

/** Times inside are of this job: shown in its zone, where somebody chose that. */
export function OfJob({ jobId, children }: { readonly jobId: string; readonly children: ReactNode }) {
  const { zone } = useSettings()
  return zone === 'job' ? <Asked jobId={jobId}>{children}</Asked> : children
}

/** The same, of what may be of one job: undefined where it is of none, or of many. */
export function OfOneJob({ jobId, children }: { readonly jobId: string | undefined; readonly children: ReactNode }) {
  return jobId === undefined ? children : <OfJob jobId={jobId}>{children}</OfJob>
}

function Asked({ jobId, children }: { readonly jobId: string; readonly children: ReactNode }) {
  return <OfZone zone={useJobZone(jobId) ?? undefined}>{children}</OfZone>
}
