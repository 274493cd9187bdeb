import type { Store } from '../../src/ports/store.ts'

/** The store that the running test has, through `it()`; `reopened()` closes it and opens it again. */
export interface Given {
  it(): Store
  reopened(): Promise<Store>
}
