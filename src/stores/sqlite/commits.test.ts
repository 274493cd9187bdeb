import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { Commits } from './commits.ts'

function opened() {
  const db = new Database(':memory:')
  db.exec("CREATE TABLE words (word TEXT PRIMARY KEY, CHECK (word <> 'bad'))")
  const insert = db.prepare<[string]>('INSERT INTO words VALUES (?)')
  const all = db.prepare<[], string>('SELECT word FROM words ORDER BY rowid').pluck()
  const commits = new Commits(db)
  const write = (word: string) => commits.write(() => insert.run(word).changes)
  return { db, commits, write, words: () => all.all() }
}

const settled = async (all: readonly Promise<unknown>[]) => (await Promise.allSettled(all)).map(({ status }) => status)

describe('grouped commits', () => {
  test('what is written in one turn is applied together, in the order it was asked for', async () => {
    const { write, words } = opened()
    const writes = ['c', 'a', 'b'].map(write)
    expect(words()).toEqual([])
    expect(await Promise.all(writes)).toEqual([1, 1, 1])
    expect(words()).toEqual(['c', 'a', 'b'])
  })

  test('a write that throws fails alone, and the order of the others stays', async () => {
    const { write, words } = opened()
    expect(await settled(['a', 'bad', 'b', 'a', 'c'].map(write))).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(words()).toEqual(['a', 'b', 'c'])
    expect(await write('d')).toBe(1)
  })

  test('a later write of one turn sees what an earlier one wrote', async () => {
    const { commits, write, words } = opened()
    const [, seen] = await Promise.all([write('a'), commits.write(() => words())])
    expect(seen).toEqual(['a'])
  })

  test('what a failing write had done before it failed is undone', async () => {
    const { db, commits, write, words } = opened()
    const half = commits.write(() => {
      db.exec("INSERT INTO words VALUES ('half')")
      throw new Error('half way')
    })
    expect(await settled([write('a'), half, write('b')])).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(words()).toEqual(['a', 'b'])
  })

  test('where nothing can be committed, every write of the group says why, and the next one tries again', async () => {
    const { db, write, words } = opened()
    db.pragma('query_only = ON')
    expect(await settled(['a', 'b'].map(write))).toEqual(['rejected', 'rejected'])
    db.pragma('query_only = OFF')
    expect(await write('c')).toBe(1)
    expect(words()).toEqual(['c'])
  })

  test('where the commit itself fails, nobody was told otherwise and nothing stands', async () => {
    const { db, commits, write, words } = opened()
    db.pragma('foreign_keys = ON')
    db.exec('CREATE TABLE uses (word TEXT REFERENCES words DEFERRABLE INITIALLY DEFERRED)')
    const dangling = commits.write(() => db.exec("INSERT INTO uses VALUES ('missing')"))
    expect(await settled([write('a'), dangling, write('b')])).toEqual(['rejected', 'rejected', 'rejected'])
    expect(words()).toEqual([])
    expect(await write('c')).toBe(1)
  })

  test('a flood is committed in parts that let others run between them', async () => {
    const { commits } = opened()
    const slow = () => {
      for (const until = performance.now() + 3; performance.now() < until; );
    }
    let turns = 0
    const count = setInterval(() => {
      turns += 1
    }, 1)
    await Promise.all(Array.from({ length: 40 }, () => commits.write(slow)))
    clearInterval(count)
    expect(turns).toBeGreaterThan(1)
  })

  test('closing writes what is queued, and a write after it is refused', async () => {
    const { commits, write } = opened()
    const queued = write('a')
    commits.close()
    expect(await queued).toBe(1)
    await expect(write('b')).rejects.toThrow('The store is closed.')
  })
})
