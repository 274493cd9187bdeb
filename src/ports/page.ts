/** A page of a list: newest first unless `oldestFirst`. `after` is the last id of the page before. */
export interface Page {
  readonly limit: number
  readonly after: string | null
  readonly oldestFirst: boolean
  /** Called between two pieces of a page by a driver that reads on the event loop: resolves when the next may be read. */
  readonly pace?: Pace
}

/** Lets others have the thread. */
export type Pace = () => Promise<void>
