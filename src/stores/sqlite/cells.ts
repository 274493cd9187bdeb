import type { Sketch } from '../../model/sketch.ts'

/** A sketch as it is kept: cell (as the distance from the one before) and count in turn, 7 bits to a byte, lowest first. */
export function writeCells(sketch: Sketch): Buffer {
  const bytes: number[] = []
  const put = (value: number): void => {
    let left = value
    for (; left > 0x7f; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80)
    bytes.push(left)
  }
  let before = 0
  for (const [cell, count] of sketch.cells()) {
    put(cell - before)
    put(count)
    before = cell
  }
  return Buffer.from(bytes)
}

/** Adds what was kept to a sketch. */
export function readCells(bytes: Buffer, into: Sketch): void {
  let at = 0
  const take = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  for (let cell = 0; at < bytes.length; ) {
    cell += take()
    into.addCell(cell, take())
  }
}
