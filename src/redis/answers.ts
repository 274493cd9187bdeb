/** The library's answers are texts and lists of them, and are read as such: anything else is a fault of ours. */

export function text(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  throw new Error(`Redis answered ${typeof value} instead of a text.`)
}

export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Error(`Redis answered ${typeof value} instead of a list.`)
}

export const texts = (value: unknown): readonly string[] => list(value).map(text)

/** A flat list as rows of `width` texts. */
export function rows(value: unknown, width: number): readonly (readonly string[])[] {
  const all = texts(value)
  return Array.from({ length: Math.floor(all.length / width) }, (_, row) => all.slice(row * width, (row + 1) * width))
}
