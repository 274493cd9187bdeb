import { IconBolt, IconPlugConnectedX } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useFeedState } from '../live/LiveProvider.tsx'
import { Mark } from '../parts/Status.tsx'
import { useZone } from '../parts/Time.tsx'

/** Whether what is shown is live; where it is not, as of when it is. */
export function Connection() {
  const { status, asOf } = useFeedState()
  const zone = useZone()
  const isLate = useLate(status === 'connecting', 1500)
  const time = asOf === null ? '' : `, as of ${clockWithSeconds(asOf, zone)}`
  return (
    <span role="status" aria-label="Connection">
      {status === 'live' && <Mark tone="good" icon={IconBolt} label="Live" />}
      {status === 'lost' && <Mark tone="warn" icon={IconPlugConnectedX} label={`Reconnecting${time}`} />}
      {status === 'connecting' && isLate && <Mark tone="idle" icon={IconBolt} label="Connecting…" />}
    </span>
  )
}

const clockWithSeconds = (at: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium' }).format(at)

/** True once something has been so for some ms: what passes at once is not worth a flicker. */
function useLate(isSo: boolean, ms: number): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!isSo) return setLate(false)
    const timer = setTimeout(() => setLate(true), ms)
    return () => clearTimeout(timer)
  }, [isSo, ms])
  return late
}
