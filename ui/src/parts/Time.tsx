import { createContext, type ReactNode, useContext } from 'react'
import { useSettings } from '../settings/settings.ts'
import { clock, duration, exact, ownZone, relative } from './format.ts'
import { useNow } from './now.ts'

/** The zone of the job that times inside are of; null where they are of no one job. */
const JobZone = createContext<string | null>(null)

/** Times inside are of a job with this zone. Undefined: it is not known (yet). */
export function OfZone({ zone, children }: { readonly zone: string | undefined; readonly children: ReactNode }) {
  return <JobZone value={zone ?? null}>{children}</JobZone>
}

/** The zone that times are shown in. */
export function useZone(): string {
  const { zone } = useSettings()
  const ofJob = useContext(JobZone)
  return zone === 'utc' ? 'UTC' : ((zone === 'job' ? ofJob : null) ?? ownZone)
}

/** The other zone that a job's time is worth telling in: the job's own, or that of who looks; null where both are the same. */
export function useOtherZone(ofJob: string): string | null {
  const zone = useZone()
  return [ofJob, ownZone].find((one) => one !== zone) ?? null
}

/** A moment, as far from now as it is; the exact one with its zone on hover. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow()
  const zone = useZone()
  const time = Date.parse(at)
  return (
    <time dateTime={at} title={exact(time, zone)}>
      {relative(time, now)}
    </time>
  )
}

/** A planned moment: `in 5 minutes, 14:05 CET`. */
export function Ahead({ at }: { readonly at: string }) {
  const now = useNow()
  const zone = useZone()
  const time = Date.parse(at)
  return (
    <time dateTime={at} title={exact(time, zone)}>
      {relative(time, now)} <span className="dim">{clock(time, now, zone)}</span>
    </time>
  )
}

/** How long something takes that goes on. */
export function Since({ at }: { readonly at: string }) {
  return duration((useNow() - Date.parse(at)) / 1000)
}
