import { afterAll, describe, test } from 'vitest'
import { TestDatabase } from '../mongo/database.ts'
import { storeSuite } from './store.suite.ts'

/**
 * A second opinion on the shape of the commands that are sent to MongoDB, by a server that reads them on its own. It has no
 * atomic updates (one reads, then writes by id, whatever the filter), so nothing that rests on a race is asked of it.
 */
const url = process.env.FERRETDB_TEST_URL

const races = 'FerretDB 1 has no compare-and-set: whoever races, all win'
const unsupported = 'FerretDB 1 does not know this'

const without = {
  'of two inserts under one key, one wins': races,
  'of two edits of one reading, one wins, and the version kept is its own': races,
  'of two schedulers that decide the same tick, one wins': races,
  'two that finish one tick make one run of it': races,
  'a tick has one run, whoever makes it': races,
  'of two that give a run out, one wins, and the run carries its grant': races,
  'of a report and a verdict on one reading, one wins, and its output alone is kept': races,
  'a run is counted once, however often and by however many it is settled': races,
  'a run counts where it was created once it has ended, settled or not, and once however often it is settled': races,
  'of two that replace a token, one wins; it keeps its id and gets everything else': races,
  'of a verdict and a renewal on one reading, one wins': races,
  'of two requests under one key, both are told the record of the first': races,
  'a token does not take the name or the hash of another': `${unsupported}: an update that breaks a unique key is an error without a code`,
  'queues: how much is due and held by nothing in each domain, and since when': `${unsupported}: $min in $group`,
}

if (url) {
  const database = new TestDatabase(url)
  afterAll(() => database.drop())
  storeSuite({ name: 'FerretDB', open: () => database.open(), without })
} else
  describe('the store on FerretDB', () => {
    test('passes the suite of stores, but for its races', (context) =>
      context.skip('FERRETDB_TEST_URL names no server'))
  })
