import { afterAll, describe, expect, test, vi } from 'vitest'
import { TestDatabase } from '../mongo/database.ts'
import { storeSuite } from './store.suite.ts'

const url = process.env.MONGO_TEST_URL

// Each read of a whole log starts a thread, whose connection is new in each test.
vi.setConfig({ testTimeout: 90_000 })

if (url) {
  const database = new TestDatabase(url)
  afterAll(() => database.drop())
  storeSuite({ name: 'MongoDB', open: () => database.open() })

  test('every query that these tests made is served by an index', () => {
    expect(database.recorder.count).toBeGreaterThan(100)
    expect(database.recorder.unserved()).toEqual([])
  })
} else
  describe('the store on MongoDB', () => {
    test('passes the suite of stores', (context) => context.skip('MONGO_TEST_URL names no server'))
  })
