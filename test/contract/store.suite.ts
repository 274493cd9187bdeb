import { afterEach, beforeEach, describe } from 'vitest'
import type { Store } from '../../src/ports/store.ts'
import { auditTests } from './store.audit.ts'
import { domainTests } from './store.domains.ts'
import { figureTests } from './store.figures.ts'
import type { Given } from './store.given.ts'
import { historyTests } from './store.history.ts'
import { holdTests } from './store.holds.ts'
import { jobOrderTests } from './store.job-order.ts'
import { jobTests } from './store.jobs.ts'
import { ledgerTests } from './store.ledger.ts'
import { logReadTests } from './store.log-reads.ts'
import { logTests } from './store.logs.ts'
import { runListTests } from './store.run-lists.ts'
import { runTests } from './store.runs.ts'
import { tickTests } from './store.ticks.ts'
import { requestTests, workerTests } from './store.workers.ts'

/** A fresh, empty store, and how its data is opened once more after `close`. */
export interface Opened {
  readonly store: Store
  reopen(): Promise<Store>
  /** Closes what is open and removes the data. */
  remove(): Promise<void>
}

/**
 * What every store does, on whatever it stands.
 * @param without tests that what it stands on cannot pass, and why
 */
export function storeSuite({
  name,
  open,
  without = {},
}: {
  name: string
  open: () => Promise<Opened>
  without?: Readonly<Record<string, string>>
}): void {
  describe(`the store on ${name}`, () => {
    let opened: Opened | null = null
    let store: Store | null = null
    beforeEach(async (context) => {
      opened = null
      const why = without[context.task.name]
      if (why !== undefined) context.skip(why)
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened?.remove())

    const given: Given = {
      it() {
        if (store === null) throw new Error('no store is open')
        return store
      },
      async reopened() {
        if (opened === null) throw new Error('no store is open')
        await store?.close()
        store = await opened.reopen()
        return store
      },
    }
    for (const tests of [
      domainTests,
      jobTests,
      jobOrderTests,
      tickTests,
      ledgerTests,
      holdTests,
      runTests,
      runListTests,
      figureTests,
      historyTests,
      logTests,
      logReadTests,
      workerTests,
      requestTests,
      auditTests,
    ])
      tests(given)
  })
}
