import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SqliteChunks } from './chunks.ts'
import { openDatabase } from './database.ts'
import { logMigrations } from './schema.ts'

test('logs that were stored before chunks had rowids are all there, with the numbers of their lines mended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hydra-chunks-'))
  const path = join(folder, 'logs.db')
  const before = openDatabase(path, logMigrations.slice(0, 1))
  const insert = before.prepare('INSERT INTO chunks VALUES (?, 1, ?, ?, ?, ?, ?, 0, 1.5, ?, 4, ?)')
  // The second chunk of run a had waited: it has the lower numbers, and `lines` was its own.
  insert.run('b', 1, 0, 0, 0, 1, 1, Buffer.from('abc\n'))
  insert.run('a', 2, 0, 0, 4, 1, 1, Buffer.from('one\n'))
  insert.run('a', 1, 1, 0, 0, 2, 2, Buffer.from('two\n'))
  before.close()
  const db = openDatabase(path, logMigrations)
  const chunks = new SqliteChunks(db)
  expect(await chunks.size('a')).toEqual([{ attempt: 1, stdout: 4, stderr: 4, lines: 2, seq: 2 }])
  const read = await chunks.read('a', { attempt: 0, seq: 0 }, 1000)
  expect(read.map(({ seq, ts, bytes }) => [seq, ts, Buffer.from(bytes).toString()])).toEqual([
    [1, 1.5, 'two\n'],
    [2, 1.5, 'one\n'],
  ])
  expect(await chunks.last('b', 1)).toMatchObject({ line: 1 })
  db.close()
  rmSync(folder, { recursive: true })
})
