import { expect, test } from 'vitest'
import { ApiError, UnreachableError } from '../client/index.ts'
import { codeOfError, codeOfRun, exitCodes } from './exit-codes.ts'

test("a run answers with its own exit code, and with the table's where it has none", () => {
  const code = (status: Parameters<typeof codeOfRun>[0]['status'], returncode: number | null): number =>
    codeOfRun({ status, returncode })
  expect([code('success', 0), code('success', 3)]).toEqual([0, 0])
  expect([code('failed', 3), code('failed', 255), code('failed', 0), code('failed', null)]).toEqual([3, 255, 1, 1])
  expect([code('failed', -9), code('failed', -15)]).toEqual([137, 143])
  expect([code('failed', 256), code('failed', 0xc0000005)]).toEqual([1, 5])
  expect([code('timed_out', -15), code('cancelled', -15), code('cancelled', null)]).toEqual([7, 130, 130])
})

test('a refusal is told by its kind', () => {
  const code = (status: number): number => codeOfError(new ApiError({ status, code: 'X', detail: 'no' }))
  expect([400, 401, 403, 404, 409, 412, 422, 429, 500, 503].map(code)).toEqual([2, 4, 4, 3, 5, 5, 2, 6, 1, 6])
  expect(codeOfError(new UnreachableError('http://x', 'is away'))).toBe(exitCodes.unreachable)
})
