import { describe, expect, test } from 'vitest'
import type { LogChunk, StreamName } from '../../src/model/log.ts'
import { aChunk } from '../builders.ts'
import type { Given } from './store.given.ts'

type Piece = readonly [stream: StreamName, text: string, line: number, cont?: boolean]

/** Chunks of one attempt, with the numbers that follow from their pieces. */
function chunks(run_id: string, attempt: number, pieces: readonly Piece[]): readonly LogChunk[] {
  const before = { stdout: 0, stderr: 0 }
  return pieces.map(([stream, text, line, cont = false], at) => {
    const pos = before.stdout + before.stderr
    const chunk = aChunk({ run_id, attempt, seq: at + 1, stream, text, line, cont, pos, offset: before[stream] })
    before[stream] += chunk.bytes.length
    return chunk
  })
}

const mixed: readonly Piece[] = [
  ['stdout', 'one\ntwo\n', 1],
  ['stderr', 'warn: ', 3],
  ['stdout', 'three', 4],
  ['stderr', 'ü\n', 3, true],
]

const seqs = (found: readonly LogChunk[]) => found.map(({ attempt, seq }) => [attempt, seq])
const beginning = { attempt: 0, seq: 0 }

export function logTests(given: Given): void {
  /** Bytes come back equal, whatever kind of byte array holds them. */
  const same = (found: readonly LogChunk[], expected: readonly LogChunk[]) =>
    expect(found.map((chunk) => ({ ...chunk, bytes: [...chunk.bytes] }))).toEqual(
      expected.map((chunk) => ({ ...chunk, bytes: [...chunk.bytes] })),
    )

  describe('logs', () => {
    test('chunks are read as they were appended, every byte of them, also after a restart', async () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256)
      const written = [
        ...chunks('run', 1, mixed),
        { ...aChunk({ run_id: 'run', attempt: 2, ts: 1.5 }), bytes: bytes.subarray(1, 69_999) },
      ]
      await given.it().logs.append(written)
      const { logs } = await given.reopened()
      same(await logs.read('run', beginning, 1_000_000), written)
      expect(await logs.read('other', beginning, 1_000_000)).toEqual([])
    })

    test('a chunk that is there is passed over', async () => {
      const { logs } = given.it()
      const written = chunks('run', 1, mixed)
      await logs.append(written.slice(0, 2))
      await logs.append([...written, aChunk({ run_id: 'run', text: 'other' })])
      same(await logs.read('run', beginning, 1_000_000), written)
    })

    test('a page has the bytes asked for, at least one chunk, and goes on after the last', async () => {
      const { logs } = given.it()
      const many = Array.from({ length: 40 }, (_, at): Piece => ['stdout', `line ${at}\n`.padEnd(10), at + 1])
      await logs.append([...chunks('run', 1, many), ...chunks('run', 2, mixed)])
      expect(seqs(await logs.read('run', beginning, 1))).toEqual([[1, 1]])
      expect(await logs.read('run', beginning, 30)).toHaveLength(3)
      expect(await logs.read('run', beginning, 1000, { chunks: 2 })).toHaveLength(2)
      expect(seqs(await logs.read('run', { attempt: 1, seq: 39 }, 1000, { chunks: 2 }))).toEqual([[1, 40], [2, 1]]) // biome-ignore format: pairs
      const found: LogChunk[] = []
      for (let page = await logs.read('run', beginning, 100); page.length > 0; ) {
        found.push(...page)
        const last = page.at(-1)
        page = last ? await logs.read('run', last, 100) : []
      }
      expect(seqs(found)).toEqual([...many.map((_, at) => [1, at + 1]), [2, 1], [2, 2], [2, 3], [2, 4]])
    })

    test('one stream, one attempt, or one stream of one attempt can be read', async () => {
      const { logs } = given.it()
      await logs.append([...chunks('run', 1, mixed), ...chunks('run', 3, mixed)])
      const read = async (only: Parameters<typeof logs.read>[3], after = beginning) =>
        seqs(await logs.read('run', after, 1_000_000, only))
      expect(await read({ stream: 'stderr' })).toEqual([[1, 2], [1, 4], [3, 2], [3, 4]]) // biome-ignore format: pairs
      expect(await read({ attempt: 3 })).toEqual([[3, 1], [3, 2], [3, 3], [3, 4]]) // biome-ignore format: pairs
      expect(await read({ attempt: 3, stream: 'stdout' }, { attempt: 3, seq: 1 })).toEqual([[3, 3]])
      expect(await read({ attempt: 1 }, { attempt: 3, seq: 1 })).toEqual([])
      expect(await read({ attempt: 2 })).toEqual([])
      expect(await read({ stream: null, attempt: null }, { attempt: 1, seq: 4 })).toHaveLength(4)
    })

    test('the newest chunk of an attempt is known', async () => {
      const { logs } = given.it()
      const written = chunks('run', 1, mixed)
      await logs.append(written)
      same(
        [await logs.last('run', 1)].filter((chunk) => chunk !== null),
        written.slice(-1),
      )
      expect(await logs.last('run', 2)).toBeNull()
    })

    test('the size counts bytes by stream and lines of both, per attempt', async () => {
      const { logs } = given.it()
      await logs.append([...chunks('run', 1, mixed), ...chunks('run', 2, mixed.slice(0, 1))])
      expect(await logs.size('run')).toEqual([
        { attempt: 1, stdout: 13, stderr: 9, lines: 4, seq: 4 },
        { attempt: 2, stdout: 8, stderr: 0, lines: 1 + 1, seq: 1 },
      ])
      expect(await logs.size('other')).toEqual([])
    })

    test('lines are counted though a chunk that waited longer has lower numbers, and where each begins is known', async () => {
      const { logs } = given.it()
      const pieces: readonly Piece[] = [['stderr', 'three\nfour', 3], ['stdout', 'one\ntwo\n', 1], ['stderr', '!\nfive\n', 4, true]] // biome-ignore format: a table
      await logs.append(chunks('run', 1, pieces))
      expect((await logs.size('run')).map(({ lines, seq }) => [lines, seq])).toEqual([[5, 3]])
      const reached = [1, 2, 3, 4, 5, 6].map((line) => logs.reaching('run', 1, line))
      expect(await Promise.all(reached)).toEqual([1, 1, 1, 1, 3, null])
      expect(await logs.reaching('other', 1, 1)).toBeNull()
    })

    test('every byte of a log is found in its chunk, of both streams or of one', async () => {
      const { logs } = given.it()
      const written = chunks('run', 1, [...mixed, ['stderr', 'x'.repeat(30), 5], ['stderr', 'y', 5, true]])
      await logs.append([...written, ...chunks('run', 2, mixed), ...chunks('ru', 1, mixed)])
      const seqAt = async (pos: number, stream: StreamName | null) =>
        (await logs.at('run', 1, pos, stream))?.seq ?? null
      for (const stream of [null, 'stdout', 'stderr'] as const) {
        const holders = written
          .filter((chunk) => stream === null || chunk.stream === stream)
          .flatMap((chunk) => [...chunk.bytes].map(() => chunk.seq))
        expect(await Promise.all(holders.map((_, pos) => seqAt(pos, stream)))).toEqual(holders)
        expect(await seqAt(holders.length, stream)).toBeNull()
      }
      expect(await logs.at('none', 1, 0, null)).toBeNull()
    })
  })
}
