import { afterAll, describe, test, vi } from 'vitest'
import { TestDatabase } from '../mongo/database.ts'
import { storeSuite } from './store.suite.ts'

/**
 * A second opinion on the shape of the commands that are sent to MongoDB, by a server that reads them on its own. It has no
 * atomic updates (one reads, then writes by id, whatever the filter), so nothing that rests on a race is asked of it.
 */
const url = process.env.FERRETDB_TEST_URL

const races = 'FerretDB 1 has no compare-and-set: whoever races, all win'
const unsupported = 'FerretDB 1 does not know this'
const noCode = `${unsupported}: an update that breaks a unique key is an error without a code`
const slow = 'FerretDB 1 takes half a minute for so many reads'

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
  // What rode in a document is taken out of it beside the next write to it.
  'of jobs: stands with what won, and not with what was there, lost or was refused': races,
  'of runs: stands with what was inserted or moved, and survives their later writes': races,
  'of domains, tokens and workers: stands with the change, and not where nothing changed': races,
  'a token does not take the name or the hash of another': noCode,
  "an edit to another job's key is refused, and nothing changes": noCode,
  'however the streams interleave, lines come whole, in order, from any number on': slow,
  'a line of any length is searched to its end, in pieces, while the other stream goes on': slow,
  'a line that came in drops, and one that another stream’s many lines lie across, is joined all the same': slow,
  'bytes come in pages, of one stream or of both': slow,
  'queues: how much is due and held by nothing in each domain, and since when': `${unsupported}: $min in $group`,
}

// Each read of a whole log starts a thread, whose connection is new in each test.
vi.setConfig({ testTimeout: 90_000 })

if (url) {
  const database = new TestDatabase(url)
  afterAll(() => database.drop())
  storeSuite({ name: 'FerretDB', open: () => database.open(), without })
} else
  describe('the store on FerretDB', () => {
    test('passes the suite of stores, but for its races', (context) =>
      context.skip('FERRETDB_TEST_URL names no server'))
  })
