/** A list in parts, in each of which the weights are at most `most` together, or one alone is. */
export function parts<T>(all: readonly T[], most: number, weight: (one: T) => number = () => 1): T[][] {
  const made: T[][] = []
  let sum = 0
  for (const one of all) {
    const its = weight(one)
    const last = made.at(-1)
    if (last && sum + its <= most) {
      last.push(one)
      sum += its
    } else {
      made.push([one])
      sum = its
    }
  }
  return made
}
