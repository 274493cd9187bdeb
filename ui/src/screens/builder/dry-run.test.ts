import { expect, test } from 'vitest'
import { judge, rulesIn, seenIn } from './dry-run.ts'

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
  })
  expect(await judge(rulesIn({}), past(0))).toBeNull()
  expect(await judge(rulesIn({}), past(3))).toBe('exit code 3 not in [0]')
  expect(asked).toEqual([])
  const rules = (completion: Record<string, unknown>) => rulesIn({ completion: { exit_codes: [3], ...completion } })
  expect(await judge(rules({ stdout_contains: ['rows'] }), past(3))).toBeNull()
  expect(asked).toEqual(['stdout'])
  expect(await judge(rules({ stdout_contains: ['rows'], stderr_not_contains: ['WARN'] }), past(3))).toBe(
    "stderr found forbidden 'WARN'",
  )
})
