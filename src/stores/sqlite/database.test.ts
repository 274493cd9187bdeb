import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../open.ts'
import { openDatabase } from './database.ts'
import { filesOf } from './store.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hydra-database-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('migrations', () => {
  const [first, second] = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y']
  const path = () => join(folder, 'x.db')
  const columns = (migrations: readonly string[]) => {
    const db = openDatabase(path(), migrations)
    const names = db.prepare<[], string>("SELECT name FROM pragma_table_info('a')").pluck().all()
    db.close()
    return names
  }

  test('an old store is lifted at start, once', () => {
    expect(columns([first])).toEqual(['x'])
    expect(columns([first, second])).toEqual(['x', 'y'])
    expect(columns([first, second])).toEqual(['x', 'y'])
  })

  test('a newer store is refused with a sentence, and left as it is', () => {
    columns([first, second])
    expect(() => openDatabase(path(), [first])).toThrow(/was written by a newer version of hydra/)
    expect(columns([first, second])).toEqual(['x', 'y'])
  })

  test('a migration that fails leaves the store at the number before', () => {
    columns([first])
    expect(() => openDatabase(path(), [first, 'CREATE TABLE b (x); nonsense'])).toThrow(/syntax error/)
    expect(columns([first])).toEqual(['x'])
    expect(columns([first, second])).toEqual(['x', 'y'])
  })
})

describe('the files of a store', () => {
  test('are two in the given folder, which is made, and nobody else can read them while it is open', async () => {
    const store = await openStore(`sqlite:${join(folder, 'deep', 'data')}`)
    await store.check()
    const inside = join(folder, 'deep', 'data')
    expect(readdirSync(inside)).toEqual(expect.arrayContaining(['hydra.db', 'hydra.db-wal', 'logs.db', 'logs.db-wal']))
    if (process.platform !== 'win32')
      for (const name of readdirSync(inside)) expect(statSync(join(inside, name)).mode & 0o777).toBe(0o600)
    await store.close()
  })

  test('a path that ends in .db is the main file itself', () => {
    expect(filesOf('/d/data')).toEqual({ main: '/d/data/hydra.db', logs: '/d/data/logs.db' })
    expect(filesOf('/d/hydra.db')).toEqual({ main: '/d/hydra.db', logs: '/d/logs.db' })
    expect(filesOf('/d/other.db')).toEqual({ main: '/d/other.db', logs: '/d/other-logs.db' })
  })

  test('a second process may open the store meanwhile, and each sees what the other wrote', async () => {
    const [one, two] = [await openStore(`sqlite:${folder}`), await openStore(`sqlite:${folder}`)]
    const domain = { domain: 'prod', display_name: null, description: null, created_at: 1 }
    expect(await one.domains.insert(domain)).toBe(true)
    expect(await two.domains.insert(domain)).toBe(false)
    expect(await two.domains.get('prod')).toEqual(domain)
    await one.close()
    await two.close()
  })
})

describe('opening by URL', () => {
  test('what cannot be opened is refused with a sentence', async () => {
    for (const url of ['mongodb://a,,b/', 'mongodb://a/?tls=maybe', 'mongodb://a:1:2/'])
      await expect(openStore(url)).rejects.toThrow('The URL of the MongoDB server cannot be used')
    await expect(openStore('sqlite:')).rejects.toThrow('sqlite: needs a path')
    await expect(openStore('nonsense')).rejects.toThrow('The URL of a store must be sqlite:PATH or mongodb://HOST.')
  })

  test('a file that is no database is refused, and not overwritten', async () => {
    const path = join(folder, 'notes.db')
    writeFileSync(path, 'dear diary'.repeat(1000))
    await expect(openStore(`sqlite:${path}`)).rejects.toThrow('not a database')
    expect(readFileSync(path, 'utf8')).toBe('dear diary'.repeat(1000))
  })
})
