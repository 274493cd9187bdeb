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
    const closed = commits.close()
    await expect(write('b')).rejects.toThrow('The store is closed.')
    expect(await queued).toBe(1)
    await closed
    await expect(write('b')).rejects.toThrow('The store is closed.')
  })
})

describe('what is promised', () => {
  /** Each sync is ended by the test. */
  function onDisk() {
    const asked: { readonly done: () => void; readonly fail: (why: Error) => void }[] = []
    let awaited = (): void => {}
    const disk = {
      closed: false,
      sync: () =>
        new Promise<void>((done, fail) => {
          asked.push({ done, fail })
          awaited()
        }),
      close: () => {
        disk.closed = true
      },
    }
    const next = async () => {
      while (asked.length === 0) await new Promise<void>((resolve) => (awaited = resolve))
      const [sync] = asked.splice(0, 1)
      if (sync === undefined) throw new Error('no sync was asked for')
      return sync
    }
    const told: string[] = []
    const { db, words } = opened()
    const commits = new Commits(db, () => {}, disk)
    const insert = db.prepare<[string]>('INSERT INTO words VALUES (?)')
    const write = (word: string) =>
      commits
        .write(() => insert.run(word))
        .then(
          () => told.push(word),
          (error: Error) => told.push(`${word}: ${error.message}`),
        )
    return { disk, commits, next, told, words, write }
  }

  test('a write is told when the disk has it, and not before; what comes meanwhile is the next group', async () => {
    const { commits, next, told, words, write } = onDisk()
    const first = write('a')
    const sync = await next()
    const second = [write('b'), write('c')]
    const settled = commits.settled().then(() => told.push('settled'))
    await new Promise(setImmediate)
    expect([words(), told]).toEqual([['a'], []])
    sync.done()
    await Promise.all([first, settled])
    expect(told).toEqual(['a', 'settled'])
    const another = await next()
    expect([words(), told]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'settled'],
    ])
    another.done()
    await Promise.all(second)
    expect(told).toEqual(['a', 'settled', 'b', 'c'])
    await commits.settled()
  })

  test('after a sync that failed nothing is promised any more, neither what waited nor what comes', async () => {
    const { commits, next, told, write, disk } = onDisk()
    const all = [write('a')]
    const sync = await next()
    all.push(write('b'))
    sync.fail(new Error('EIO'))
    await Promise.all(all)
    await write('c')
    const why = ':memory: could not be written to the disk (EIO); restart when it is mended.'
    expect(told).toEqual([`a: ${why}`, `b: ${why}`, `c: ${why}`])
    await expect(commits.settled()).rejects.toThrow(why)
    await commits.close()
    expect(disk.closed).toBe(true)
  })

  test('closing waits for the sync that is under way, and for that of what was queued', async () => {
    const { commits, next, told, write, disk } = onDisk()
    const first = write('a')
    const sync = await next()
    const second = write('b')
    const closed = commits.close()
    sync.done()
    await first
    expect([told, disk.closed]).toEqual([['a'], false])
    ;(await next()).done()
    await Promise.all([second, closed])
    expect([told, disk.closed]).toEqual([['a', 'b'], true])
  })
})
