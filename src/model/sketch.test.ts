import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Sketch, sketchError } from './sketch.ts'

const times = fc.array(fc.oneof(fc.nat(50), fc.nat(10_000), fc.nat(2 ** 31 - 1), fc.constant(31_536_000_000)), {
  minLength: 1,
  maxLength: 300,
})
const share = fc.double({ min: 0, max: 1, noNaN: true })

function sketchOf(all: readonly number[]): Sketch {
  const sketch = new Sketch()
  for (const time of all) sketch.addTime(time)
  return sketch
}

/** By nearest rank, from the times themselves. */
function exact(all: readonly number[], part: number): number {
  const sorted = all.toSorted((one, other) => one - other)
  return sorted[Math.max(1, Math.ceil(part * all.length)) - 1] ?? Number.NaN
}

test('a quantile is within the documented error of the exact one, whatever the times', () => {
  fc.assert(
    fc.property(times, share, (all, part) => {
      const [found] = sketchOf(all).quantiles([part])
      const truth = exact(all, part)
      expect(Math.abs((found ?? Number.NaN) - truth)).toBeLessThanOrEqual(truth * sketchError + 1e-9)
    }),
  )
  expect(sketchError).toBeLessThan(0.011)
})

test('merging is adding up: any grouping, in any order, gives what counting all at once gives', () => {
  fc.assert(
    fc.property(times, fc.array(fc.nat(4), { minLength: 300, maxLength: 300 }), (all, groups) => {
      const parts = [0, 1, 2, 3, 4].map((group) => sketchOf(all.filter((_, at) => groups[at] === group)))
      const forward = new Sketch()
      for (const part of parts) forward.merge(part)
      const backward = new Sketch()
      for (const part of parts.toReversed()) backward.merge(part)
      expect(forward.cells()).toEqual(sketchOf(all).cells())
      expect(backward.cells()).toEqual(forward.cells())
    }),
  )
})

test('nothing counted has no quantile, and a year of times fills a bounded number of cells', () => {
  expect(new Sketch().quantiles([0.5])).toEqual([null])
  const all = Array.from({ length: 100_000 }, (_, at) => at ** 2.2)
  expect(sketchOf(all).cells().length).toBeLessThan(1200)
})
