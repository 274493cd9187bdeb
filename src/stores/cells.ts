import type { Sketch } from '../model/sketch.ts'

/** Digits of base 32, lowest first; all but the last of a number are shifted by 32. From `0` on, so it is plain ASCII. */
const [zero, base] = ['0'.charCodeAt(0), 32]

/**
 * A sketch as it is kept: cell (as the distance from the one before) and count in turn. As text: thousands of small blobs,
 * each a buffer outside of the heap, would leave the process's memory in pieces.
 */
export function writeCells(sketch: Sketch): string {
  let text = ''
  const put = (value: number): void => {
    let left = value
    for (; left >= base; left = Math.floor(left / base)) text += String.fromCharCode(zero + base + (left % base))
    text += String.fromCharCode(zero + left)
  }
  let before = 0
  for (const [cell, count] of sketch.cells()) {
    put(cell - before)
    put(count)
    before = cell
  }
  return text
}

/** Adds what was kept to a sketch. */
export function readCells(text: string, into: Sketch): void {
  let at = 0
  const take = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= base) {
      const digit = text.charCodeAt(at++) - zero
      if (digit < base) return value + digit * scale
      value += (digit - base) * scale
    }
  }
  for (let cell = 0; at < text.length; ) {
    cell += take()
    into.addCell(cell, take())
  }
}
