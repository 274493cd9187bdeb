/** One thing that is kept in order, by steps of a few ms. */
export interface Chore {
  /** One step; whether another should follow soon. */
  step(): Promise<boolean>
}
