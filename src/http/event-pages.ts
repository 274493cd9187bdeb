import { unixSeconds } from '../model/time.ts'
import type { EventDocument } from '../model/wire/stream.ts'
import type { EventHub, NumberedEvent } from '../scheduler/event-hub.ts'
import { frame } from './sse.ts'

/** Events that are read in one go. */
const pageLength = 200

/** Events as a stream writes them. */
export interface EventPage {
  readonly text: string
  /** The id of the last of them; null where there is none. */
  readonly last: string | null
  /** Others are there already. */
  readonly isFull: boolean
  /** What was seen last is not known any more. */
  readonly reset: boolean
}

/** Reads for the streams of a domain, of which most stand at the same place: what was written for one serves the next. */
export class EventPages {
  readonly #hub: Pick<EventHub, 'read' | 'tip'>
  /** The page that was read last in each domain; good until something new happens there. */
  readonly #newest = new Map<
    string | null,
    { readonly after: string; readonly tip: string; readonly page: EventPage }
  >()

  constructor(hub: Pick<EventHub, 'read' | 'tip'>) {
    this.#hub = hub
  }

  read(domain: string | null, after: string): EventPage {
    const tip = this.#hub.tip(domain)
    const known = this.#newest.get(domain)
    if (known?.after === after && known.tip === tip) return known.page
    const { events, reset } = this.#hub.read(domain, after, pageLength)
    const page: EventPage = {
      text: events.map(eventFrame).join(''),
      last: events.at(-1)?.id ?? null,
      isFull: events.length === pageLength,
      reset,
    }
    this.#newest.set(domain, { after, tip, page })
    return page
  }
}

function eventFrame({ id, event: { type, payload, ts } }: NumberedEvent): string {
  const told: EventDocument = { type, payload, ts: unixSeconds(ts) }
  return frame(type, id, told)
}
