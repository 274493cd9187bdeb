import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Completion } from './completion.ts'
import { brokenRule, nothingSeen } from './completion-rules.ts'
import { OutputMatcher, StreamMatcher } from './matcher.ts'

const rules = (given: Record<string, unknown> = {}): Completion => Completion.parse(given)

test('empty or missing exit codes mean 0', () => {
  expect(rules().exit_codes).toEqual([0])
  expect(rules({ exit_codes: [] }).exit_codes).toEqual([0])
  expect(rules({ exit_codes: ['3', 4.0] }).exit_codes).toEqual([3, 4])
})

test.each([
  [{}, 42, {}, 'exit code 42 not in [0]'],
  [{ exit_codes: [0, 3] }, -9, {}, 'exit code -9 not in [0, 3]'],
  [{ stdout_contains: ['done'] }, 0, {}, "stdout missing 'done'"],
  [{ stdout_not_contains: ['ERROR'] }, 0, { stdout_not_contains: [true] }, "stdout found forbidden 'ERROR'"],
  [{ stderr_contains: ['ok'] }, 0, {}, "stderr missing 'ok'"],
  [{ stderr_not_contains: ['warn'] }, 0, { stderr_not_contains: [true] }, "stderr found forbidden 'warn'"],
  [{ stdout_contains: ['a'], stderr_contains: ['b'] }, 0, { stdout_contains: [true], stderr_contains: [true] }, null],
  [{ stdout_contains: ['a'], stderr_contains: ['b'] }, 1, {}, 'exit code 1 not in [0]'],
])('%j with exit code %i and %j: %s', (given, code, seen, reason) => {
  const parsed = rules(given)
  expect(brokenRule(parsed, code, { ...nothingSeen(parsed), ...seen })).toBe(reason)
})

test('a text torn over any number of chunks is found, one that is not there is not', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', 'ab', 'é', 'needle'), { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      (words, sizes) => {
        const whole = Buffer.from(words.join(''))
        const needles = ['needle', 'abab', 'é', 'zz', 'b']
        const matcher = new StreamMatcher(needles)
        for (let i = 0, at = 0; at < whole.length; i += 1) {
          const size = sizes[i % sizes.length] ?? 1
          matcher.push(whole.subarray(at, at + size))
          at += size
        }
        expect([...matcher.seen]).toEqual(needles.map((needle) => whole.includes(needle)))
      },
    ),
  )
})

test('sightings come in the order of the rules, stream by stream', () => {
  const matcher = new OutputMatcher(
    rules({ stdout_contains: ['x', 'y'], stdout_not_contains: ['bad'], stderr_not_contains: ['bad'] }),
  )
  matcher.stdout.push(Buffer.from('only y'))
  matcher.stderr.push(Buffer.from('bad'))
  expect(matcher.sightings).toEqual({
    stdout_contains: [false, true],
    stdout_not_contains: [false],
    stderr_contains: [],
    stderr_not_contains: [true],
  })
})
