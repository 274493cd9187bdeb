import { expect, test } from 'vitest'
import { HydraError } from '../model/errors.ts'
import { expected } from './if-match.ts'

/** What a PUT under a header comes to, of a job at version 3. */
function outcome(header: string | undefined): string {
  try {
    expected(header)({ version: 3 })
    return 'goes on'
  } catch (error) {
    return error instanceof HydraError ? error.code : String(error)
  }
}

test('the present version matches: quoted, weak, bare, in a list, or by a star; without a header all do', () => {
  for (const header of [undefined, '*', ' * ', '"3"', 'W/"3"', '3', '"1", "3"', 'W/"1",3', '"a,b" , "3"'])
    expect(outcome(header), header).toBe('goes on')
})

test('another version does not', () => {
  for (const header of ['"2"', 'W/"33"', '"1","2"', '""', '"abc"', '"*"', '"1,3"'])
    expect(outcome(header), header).toBe('PRECONDITION_FAILED')
})

test('what is no list of tags is refused, never taken for none', () => {
  for (const header of ['', ' ', 'x', '"3', '3"', '"3" "4"', '"3",', '*, "3"', "'3'", 'w/"3"', '-3', '"a b"'])
    expect(outcome(header), header).toBe('INVALID')
})
