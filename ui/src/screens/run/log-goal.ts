/** Lines that are marked: from and up to. */
export interface LineRange {
  readonly from: number
  readonly to: number
}

/** Where the viewer is to go: to a line, which it shows in its middle. */
export interface LogGoal {
  readonly line: number
  /** Another for each wish, so that the same line can be gone to again. */
  readonly at: number
}
