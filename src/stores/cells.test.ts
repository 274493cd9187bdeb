import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Sketch } from '../model/sketch.ts'
import { readCells, writeCells } from './cells.ts'

test('a sketch is read as it was written, into an empty one or beside what is there', () => {
  const cells = fc.array(fc.tuple(fc.nat(1200), fc.integer({ min: 1, max: 1e12 })))
  fc.assert(
    fc.property(cells, (given) => {
      const sketch = new Sketch()
      for (const [cell, count] of given) sketch.addCell(cell, count)
      const text = writeCells(sketch)
      expect(text).toMatch(/^[0-o]*$/)
      const read = new Sketch()
      readCells(text, read)
      expect(read.cells()).toEqual(sketch.cells())
      readCells(text, read)
      expect(read.cells()).toEqual(sketch.cells().map(([cell, count]) => [cell, 2 * count]))
    }),
  )
})
