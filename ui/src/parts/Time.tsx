import { useSettings } from '../settings/settings.ts'
import { clock, duration, exact, ownZone, relative } from './format.ts'
import { useNow } from './now.ts'

/** The zone that times are shown in. */
export const useZone = (): string => (useSettings().zone === 'utc' ? 'UTC' : ownZone)

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

/** A planned moment: `in 5 minutes, 14:05`. */
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
