import { expect, test } from 'vitest'
import { droppedIn, judge, rulesIn, seenIn } from './dry-run.ts'

const streamOf = (...pieces: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces)
        controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
      controller.close()
    },
  })

test('a text is found however it is torn, also within a letter', async () => {
  const [first, second] = [Uint8Array.of(0xc3), Uint8Array.of(0xbc)]
  expect(await seenIn(streamOf('all d', 'on', 'e, f', first, second, 'r'), ['done', 'für', 'Done', ''])).toEqual([
    true,
    true,
    false,
    true,
  ])
})

test('a past run is judged by the rules of a draft; streams that no rule looks into are not read', async () => {
  const asked: string[] = []
  const past = (returncode: number) => ({
    returncode,
    open: async (stream: 'stdout' | 'stderr') => {
      asked.push(stream)
      return streamOf(stream === 'stdout' ? '3 rows\n' : 'WARN\n')
    },
    lastLine: async () => ({
      stream: 'stderr' as const,
      text: '[hydra] 1048576 bytes of output were dropped: the log limit is 9 bytes',
    }),
  })
  expect(await judge(rulesIn({}), past(0))).toEqual({ broken: null, unseen: 0 })
  expect((await judge(rulesIn({}), past(3))).broken).toBe('exit code 3 not in [0]')
  expect(asked).toEqual([])
  const rules = (completion: Record<string, unknown>) => rulesIn({ completion: { exit_codes: [3], ...completion } })
  expect(await judge(rules({ stdout_contains: ['rows'] }), past(3))).toEqual({ broken: null, unseen: 1048576 })
  expect(asked).toEqual(['stdout'])
  expect((await judge(rules({ stdout_contains: ['rows'], stderr_not_contains: ['WARN'] }), past(3))).broken).toBe(
    "stderr found forbidden 'WARN'",
  )
})

test('a log says on its last line, of stderr, how much of it was dropped; a job that says so on stdout is not believed', () => {
  const text = '[hydra] 12 bytes of output were dropped: no space is left on the disk'
  expect(droppedIn({ stream: 'stderr', text })).toBe(12)
  expect(droppedIn({ stream: 'stdout', text })).toBe(0)
  expect(droppedIn({ stream: 'stderr', text: `it said: ${text}` })).toBe(0)
  expect(droppedIn(undefined)).toBe(0)
})
