import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogChunk, LogHit, LogLine, LogQuery, StreamName } from '../../src/model/log.ts'
import type { LogStore, SearchState, SliceBudget } from '../../src/ports/log-store.ts'
import { Chunker } from '../../src/supervisor/chunker.ts'
import { builtAt } from '../builders.ts'
import type { Given } from './store.given.ts'

interface Write {
  readonly stream: StreamName
  readonly text: string
  /** Handed on at once; else it waits for what comes. */
  readonly flush: boolean
}

const of = (stream: StreamName, text: string, flush = true): Write => ({ stream, text, flush })

/** The chunks that a supervisor makes of what a process writes. */
function chunksOf(run_id: string, writes: readonly Write[]): readonly LogChunk[] {
  const chunks: LogChunk[] = []
  const chunker = new Chunker((chunk) => {
    chunks.push({ run_id, attempt: 1, ...chunk, bytes: Buffer.from(chunk.bytes) })
    return true
  })
  for (const { stream, text, flush } of writes) chunker.push(stream, Buffer.from(text), builtAt, flush)
  chunker.flush(true)
  return chunks
}

/** The lines by the rule of the wire contract: numbered, over both streams, when the first byte of each is read. */
function linesOf(
  writes: readonly Write[],
): readonly { readonly n: number; readonly stream: StreamName; text: string }[] {
  const lines: { n: number; stream: StreamName; text: string }[] = []
  const open: Record<StreamName, { text: string } | null> = { stdout: null, stderr: null }
  for (const { stream, text } of writes)
    for (const character of text) {
      let line = open[stream]
      if (line === null) {
        line = { text: '' }
        lines.push(Object.assign(line, { n: lines.length + 1, stream }))
      }
      if (character !== '\n') line.text += character
      open[stream] = character === '\n' ? null : line
    }
  return lines
}

const writes = fc.array(
  fc.record({
    stream: fc.constantFrom<StreamName>('stdout', 'stderr'),
    text: fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\n', '\n', 'x'), minLength: 1, maxLength: 9 }),
    flush: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
)

const short = (lines: readonly LogLine[]) => lines.map(({ n, stream, text }) => ({ n, stream, text }))
const log = { run_id: 'run', attempt: 1 }
const much: SliceBudget = { ms: 60_000, hits: 10_000, text: 1e9, enough: false }
const literal = (q: string): LogQuery => ({ q, regex: false, case: true, stream: null })
const expression = (q: string): LogQuery => ({ q, regex: true, case: true, stream: null })

/** A whole search. @param ms of each slice */
async function found(logs: LogStore, name: typeof log, query: LogQuery, from: number, ms: number) {
  const hits: LogHit[] = []
  let [matched, slices] = [0, 0]
  for (let at: number | SearchState = from; ; ) {
    const slice = await logs.search(name, query, at, { ...much, ms })
    hits.push(...slice.hits)
    matched += slice.matched
    slices += 1
    at = slice.state
    if (slice.over) return { hits, matched, slices }
  }
}

export function logReadTests(given: Given): void {
  const having = async (...written: readonly Write[]): Promise<LogStore> => {
    const { logs } = given.it()
    await logs.append(chunksOf('run', written))
    return logs
  }
  let count = 0

  describe('reads of logs', () => {
    test('however the streams interleave, lines come whole, in order, from any number on', async () => {
      const { logs } = given.it()
      await fc.assert(
        fc.asyncProperty(
          writes,
          fc.integer({ min: 1, max: 12 }),
          fc.integer({ min: 1, max: 5 }),
          async (made, from, some) => {
            const run_id = `run${count++}`
            await logs.append(chunksOf(run_id, made))
            const [name, all] = [{ run_id, attempt: 1 }, linesOf(made)]
            expect(short((await logs.lines(name, 1, 1000)).lines)).toEqual(all)
            expect(short((await logs.lines(name, from, some)).lines)).toEqual(all.slice(from - 1, from - 1 + some))
            expect(short((await logs.lines(name, -from, some)).lines)).toEqual(
              all.slice(Math.max(0, all.length - from)).slice(0, some),
            )
            expect((await logs.lines(name, 1, 1)).total).toBe(all.length)
            const matching = all.filter(({ n, text }) => n >= from && text.includes('ab'))
            for (const ms of [0, 1000])
              expect(short((await found(logs, name, literal('ab'), from, ms)).hits)).toEqual(matching)
            expect(short((await found(logs, name, expression('^.*ab'), from, 0)).hits)).toEqual(matching)
            const ofOne = { ...literal('ab'), stream: 'stderr' as const }
            for (const ms of [0, 1000])
              expect(short((await found(logs, name, ofOne, from, ms)).hits)).toEqual(
                matching.filter(({ stream }) => stream === 'stderr'),
              )
          },
        ),
        { numRuns: 60 },
      )
    })

    test('a line without its end shows what is there, but no half of a character, and is gone on with', async () => {
      const logs = given.it().logs
      const bytes = Buffer.from('whole\npart é')
      const chunk = { run_id: 'run', attempt: 1, stream: 'stdout', cont: false, ts: builtAt, line: 1 } as const
      await logs.append([{ ...chunk, seq: 1, offset: 0, pos: 0, bytes: bytes.subarray(0, bytes.length - 1) }])
      const page = await logs.lines(log, 1, 10)
      expect(page.lines.map(({ text }) => text)).toEqual(['whole', 'part '])
      expect([page.total, page.seq]).toEqual([2, 1])
      const rest = Buffer.concat([bytes.subarray(-1), Buffer.from('\n')])
      const offset = bytes.length - 1
      await logs.append([{ ...chunk, seq: 2, offset, pos: offset, bytes: rest, line: 2, cont: true }])
      expect((await logs.lines(log, -1, 10)).lines.map(({ text }) => text)).toEqual(['part é'])
    })

    test('line breaks are no part of a text, progress is, and what is no text shows as such', async () => {
      const logs = await having(of('stdout', 'dos\r\n10 %\r20 %\n\r\n\r\r\nlast\r'))
      const bytes = Uint8Array.from([0xff, 0x00, 0x0a])
      await logs.append([{ run_id: 'run', attempt: 2, seq: 1, stream: 'stderr', offset: 0, pos: 0, line: 1, cont: false, ts: builtAt + 1500, bytes }]) // biome-ignore format: one chunk
      expect((await logs.lines(log, 1, 10)).lines.map(({ text }) => text)).toEqual([
        'dos',
        '10 %\r20 %',
        '',
        '\r',
        'last\r',
      ])
      expect((await logs.lines({ ...log, attempt: 2 }, 1, 10)).lines).toEqual([
        { n: 1, ts: builtAt + 1500, stream: 'stderr', text: '\ufffd\0', cut: false },
      ])
    })

    test('a line over 16 kB comes cut, and a page ends when it has a megabyte of text', async () => {
      const logs = await having(
        of('stdout', `${'é'.repeat(100_000)}\nshort\n${'y'.repeat(16_384)}\n`),
        of('stderr', 'z'.repeat(16_385)),
      )
      const { lines } = await logs.lines(log, 1, 10)
      expect(lines.map(({ n, text, cut }) => [n, Buffer.byteLength(text), cut])).toEqual([
        [1, 16_384, true],
        [2, 5, false],
        [3, 16_384, false],
        [4, 16_384, true],
      ])
      const wide = Array.from({ length: 100 }, () => of('stdout', `${'w'.repeat(20_000)}\n`, false))
      await logs.append(chunksOf('wide', wide))
      const page = await logs.lines({ run_id: 'wide', attempt: 1 }, 11, 90)
      expect([page.lines.length, page.lines[0]?.n]).toEqual([64, 11])
    })

    test('a search finds texts whatever their case, and says where', async () => {
      const logs = await having(of('stdout', 'an Error, an ERROR\nnothing\nÉté (a.b)\n'), of('stderr', 'error\r\n'))
      const ranges = async (q: string, more: Partial<LogQuery> = {}) =>
        (await found(logs, log, { q, regex: false, case: false, stream: null, ...more }, 1, 1000)).hits.map((hit) => [
          hit.n,
          hit.ranges,
        ])
      expect(await ranges('error')).toEqual([[1, [[3, 8], [13, 18]]], [4, [[0, 5]]]]) // biome-ignore format: a table
      expect(await ranges('Error', { case: true })).toEqual([[1, [[3, 8]]]])
      expect(await ranges('éTÉ (A.')).toEqual([[3, [[0, 7]]]])
      expect(await ranges('^e\\w+$', { regex: true })).toEqual([[4, [[0, 5]]]])
      expect(await ranges('^e\\w+$', { regex: true, case: true })).toEqual([[4, [[0, 5]]]])
      expect(await ranges('x*$', { regex: true })).toEqual([[1, []], [2, []], [3, []], [4, []]]) // biome-ignore format: a table
    })

    test('an expression that is not of RE2’s language is refused with the place, one that is hostile elsewhere is harmless', async () => {
      const logs = await having(of('stdout', `${'a'.repeat(50_000)}!\n`))
      for (const q of ['(', 'a**', '(?=a)', '\\1'])
        await expect(logs.search(log, expression(q), 1, much), q).rejects.toMatchObject({
          code: 'INVALID',
          message: expect.stringMatching(/^q: is no regular expression in the syntax of RE2: .*`/),
        })
      expect((await found(logs, log, expression('(a+)+$'), 1, 1000)).matched).toBe(0)
      expect((await found(logs, log, expression('(a|a|aa)+!$'), 1, 1000)).matched).toBe(1)
    })

    test('a search counts on when it has what is wanted, or stops there', async () => {
      const logs = await having(...Array.from({ length: 50 }, (_, n) => of('stdout', `line ${n}\n`)))
      const slice = await logs.search(log, literal('line'), 1, { ...much, hits: 3 })
      expect([slice.hits.map(({ n }) => n), slice.matched, slice.over]).toEqual([[1, 2, 3], 50, true])
      const enough = await logs.search(log, literal('line'), 10, { ...much, hits: 3, enough: true })
      expect([enough.hits.map(({ n }) => n), enough.matched, enough.over]).toEqual([[10, 11, 12], 3, false])
      expect((await logs.search(log, literal('line'), 1, { ...much, text: 1 })).hits).toHaveLength(1)
      expect((await logs.search(log, literal('line'), 51, much)).over).toBe(true)
    })

    test('of several logs the next that has a match is found, those before it are passed over', async () => {
      const logs = await having(of('stdout', 'hay\n'))
      await logs.append(chunksOf('other', [of('stdout', 'hay\nneedle\nneedle\n')]))
      const again = chunksOf('other', [of('stdout', 'needle\n')]).map((chunk) => ({ ...chunk, attempt: 2 }))
      await logs.append(again)
      const names = ['run', 'none', 'other', 'run']
      const next = async (runs: readonly string[], below: number | null, ms = much.ms) => {
        const found = await logs.searchNext(runs, below, literal('needle'), { ...much, ms, hits: 1, enough: true })
        return [found.passed, found.attempt, found.slice?.hits.map(({ n }) => n)]
      }
      // Of a run the newest attempt comes first; what was searched of it is named.
      expect(await next(names, null)).toEqual([2, 2, [1]])
      expect(await next(names.slice(2), 2)).toEqual([0, 1, [2]])
      expect(await next(names.slice(2), 1)).toEqual([2, null, undefined])
      // Without time it still goes on by one.
      expect(await next(names.slice(1), null, 0)).toEqual([1, null, undefined])
      expect(await next(['none', 'run'], null, 0)).toEqual([1, null, undefined])
      await expect(logs.searchNext(['none'], null, expression('('), much)).rejects.toMatchObject({ code: 'INVALID' })
    })

    test('a line of any length is searched to its end, in pieces, while the other stream goes on', async () => {
      const filler = 'f'.repeat(60_000)
      const long = Array.from({ length: 20 }, (_, at) => [of('stdout', at === 14 ? `${filler}nee` : at === 15 ? `dle${filler}` : filler), of('stderr', `needle ${at}\n`)]) // biome-ignore format: pairs
      const logs = await having(...long.flat(), of('stdout', '\nend needle\n'))
      for (const ms of [0, 1000])
        for (const query of [literal('needle'), expression('ne+dle')]) {
          const { hits, matched, slices } = await found(logs, log, query, 1, ms)
          expect(hits.map(({ n }) => n)).toEqual(Array.from({ length: 22 }, (_, at) => at + 1))
          expect(hits[0]).toMatchObject({ cut: true, ranges: [], text: filler.slice(0, 16_384), stream: 'stdout' })
          expect(matched).toBe(22)
          if (ms === 0) expect(slices).toBeGreaterThan(22)
        }
      expect((await found(logs, log, literal('needle'), 2, 1000)).matched).toBe(21)
      for (const ms of [0, 1000]) {
        expect(
          (await found(logs, log, { ...literal('needle'), stream: 'stdout' }, 1, ms)).hits.map(({ n }) => n),
        ).toEqual([1, 22])
        expect((await found(logs, log, { ...literal('needle'), stream: 'stderr' }, 1, ms)).matched).toBe(20)
      }
    })

    test('a line that came in drops, and one that another stream’s many lines lie across, is joined all the same', async () => {
      const drops = Array.from({ length: 1500 }, (_, at) => of('stdout', at === 1400 ? '!' : '.'))
      const across = Array.from({ length: 600 }, (_, at) => [of('stdout', at === 550 ? 'needle' : '-'), of('stderr', `line ${at}\n`)]) // biome-ignore format: pairs
      const logs = await having(...drops, of('stdout', '\n'), ...across.flat(), of('stderr', 'needle'))
      const { lines } = await logs.lines(log, 1, 2)
      expect(lines.map(({ text }) => text)).toEqual([`${'.'.repeat(1400)}!${'.'.repeat(99)}`, `${'-'.repeat(550)}needle${'-'.repeat(49)}`]) // biome-ignore format: pairs
      expect((await logs.lines(log, -1, 2)).lines.map(({ n, text }) => [n, text])).toEqual([[603, 'needle']])
      expect((await found(logs, log, literal('needle'), 1, 1000)).hits.map(({ n }) => n)).toEqual([2, 603])
    })

    test('bytes come in pages, of one stream or of both', async () => {
      const logs = await having(...Array.from({ length: 30 }, (_, at) => [of('stdout', `${at}:${'o'.repeat(50_000)}`), of('stderr', `${at}|e`)]).flat()) // biome-ignore format: pairs
      const chunks = await logs.read('run', { attempt: 0, seq: 0 }, 1e9)
      for (const stream of [null, 'stdout', 'stderr'] as const) {
        const whole = Buffer.concat(
          chunks.filter((one) => stream === null || one.stream === stream).map(({ bytes }) => bytes),
        )
        for (const [from, to] of [
          [0, whole.length],
          [70, 75],
          [whole.length - 5, whole.length + 100],
        ] as const) {
          // biome-ignore format: pairs
          const pages: Uint8Array[] = []
          for (let at = from; at < to; at += pages.at(-1)?.length ?? 0) {
            const page = await logs.bytes(log, stream, at, to)
            if (page.length === 0) break
            pages.push(page)
          }
          expect(Buffer.concat(pages).equals(whole.subarray(from, to)), `${stream} ${from}`).toBe(true)
        }
      }
    })

    test('a log whose beginning is being removed ends where it is missing, and has no other’s bytes in its place', async () => {
      const logs = given.it().logs
      const chunks = chunksOf('run', [of('stdout', 'gone\n'), of('stdout', 'there\n'), of('stdout', 'too\n')])
      await logs.append(chunks.slice(1))
      expect(await logs.bytes(log, null, 0, 15)).toHaveLength(0)
      expect(Buffer.from(await logs.bytes(log, null, 5, 15)).toString()).toBe('there\ntoo\n')
      expect((await logs.lines(log, 1, 10)).lines.map(({ n, text }) => [n, text])).toEqual([[2, 'there'], [3, 'too']]) // biome-ignore format: pairs
      expect((await logs.lines(log, -1, 10)).lines.map(({ n }) => n)).toEqual([3])
      expect((await found(logs, log, literal('t'), 1, 1000)).matched).toBe(2)
    })

    test('a log that is not there is empty', async () => {
      const { logs } = given.it()
      expect(await logs.lines(log, -5, 10)).toEqual({ lines: [], total: 0, seq: 0 })
      expect(await logs.search(log, literal('x'), 1, much)).toMatchObject({ hits: [], matched: 0, over: true })
      expect(await logs.bytes(log, null, 0, 10)).toHaveLength(0)
      expect(await logs.bytes(log, 'stdout', 5, 10)).toHaveLength(0)
    })
  })
}
