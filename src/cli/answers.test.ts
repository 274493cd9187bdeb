import { expect, test } from 'vitest'
import { reasonOf } from './columns.ts'
import { assertAttempt, neverStarted } from './commands/logs.ts'
import { planSentence } from './commands/why.ts'
import { fileFault } from './file-fault.ts'
import { programFor } from './program.ts'

test('a job without a schedule is told by its runs: run with its storing, later, or not at all', () => {
  const plan = (enabled: boolean, began: Parameters<typeof planSentence>[1]): string =>
    planSentence({ mode: 'immediate', enabled, next_run_at: null, end_at: null }, began, (at) => at)
  expect(plan(false, 'never')).toMatch(/^It was stored and not run/)
  // One that ran ad hoc is stored in the same form.
  expect(plan(false, 'stored')).toMatch(/was run when it was stored/)
  expect(plan(true, 'stored')).toMatch(/was run when it was stored/)
  for (const said of [plan(false, 'told'), plan(true, 'never')]) expect(said).not.toMatch(/stored/)
})

test('an attempt that a run does not have is not found; one to come can be followed', () => {
  const run = {
    _id: '0199f3c2',
    attempts: [{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }],
    end_ts: '2026-03-01T12:00:00.000Z',
  }
  expect(() => assertAttempt(run, { attempt: 9 })).toThrow(
    expect.objectContaining({ message: 'The run has 3 attempts: --attempt takes 1 to 3.', exitCode: 3 }),
  )
  expect(() => assertAttempt(run, { attempt: 9, follow: true })).toThrow(/3 attempts/)
  expect(() => assertAttempt({ ...run, attempts: [{ attempt: 1 }] }, { attempt: 2 })).toThrow(
    'The run has one attempt: leave out --attempt.',
  )
  const none = { ...run, attempts: [] }
  expect(() => assertAttempt({ ...none, end_ts: null }, { attempt: 1 })).toThrow(
    'The run has no attempt yet: `hydra why 0199f3c2` says what it waits for.',
  )
  expect(() => assertAttempt(none, { attempt: 1 })).toThrow(/ended before it started: `hydra retry 0199f3c2`/)
  assertAttempt({ ...run, end_ts: null }, { attempt: 4, follow: true })
  assertAttempt(run, { attempt: 3 })
  assertAttempt(run, {})
})

test('a run that ended before it started says so in place of its log', () => {
  const at = '2026-03-01T12:00:00.000Z'
  const run = { status: 'cancelled', start_ts: null, end_ts: at, attempts: [], completion_reason: null } as const
  expect(neverStarted({ ...run, completion_reason: 'cancelled by admin' })).toBe(
    'It never started: cancelled by admin.',
  )
  expect(neverStarted(run)).toBe('It never started: cancelled.')
  expect(neverStarted({ ...run, status: 'pending', end_ts: null })).toBeNull()
  expect(neverStarted({ ...run, start_ts: at })).toBeNull()
  expect(neverStarted({ ...run, attempts: [{ attempt: 1 }] })).toBeNull()
})

test('a run that is asked to end says so until it has ended', () => {
  const at = '2026-03-01T12:00:00.000Z'
  const run = { completion_reason: null, cancel_requested_at: null, end_ts: null }
  expect(reasonOf(run)).toBeNull()
  expect(reasonOf({ ...run, cancel_requested_at: at })).toBe('cancel requested')
  const ended = { completion_reason: 'cancelled by ann', cancel_requested_at: at, end_ts: at }
  expect(reasonOf(ended)).toBe('cancelled by ann')
})

test('a file that cannot be read is told in words', () => {
  const fault = (code: string): string => fileFault('/a', Object.assign(new Error(`${code}: raw`), { code }))
  expect(['ENOENT', 'EISDIR', 'EACCES'].map(fault)).toEqual([
    'There is no file /a.',
    '/a is a folder, not a file.',
    'You may not read /a.',
  ])
  expect(fault('EIO')).toBe('/a cannot be read: EIO: raw.')
})

test('help on a command that is not there is refused, with the one that may be meant', async () => {
  const asked = (...args: readonly string[]) => programFor(args, () => {})
  const refused = expect.objectContaining({ message: expect.stringContaining('Did you mean "jobs"?'), exitCode: 2 })
  await expect(asked('help', 'jbos')).rejects.toEqual(refused)
  await expect(asked('jbos', '--help')).rejects.toEqual(refused)
  for (const args of [['help'], ['help', 'jobs'], ['help', 'help'], ['--help'], ['jobs', '--help']])
    await expect(asked(...args)).resolves.toBeDefined()
})
