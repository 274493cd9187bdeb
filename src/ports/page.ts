/** A page of a list: newest first unless `oldestFirst`. `after` is the last id of the page before. */
export interface Page {
  readonly limit: number
  readonly after: string | null
  readonly oldestFirst: boolean
}
