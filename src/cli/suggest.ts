import { distance } from 'fastest-levenshtein'

/** The names most like one that is not there, best first, at most three. Pure. */
export function alike(wanted: string, names: Iterable<string>): readonly string[] {
  const word = wanted.toLowerCase()
  const most = Math.max(2, Math.floor(word.length / 3))
  const rated = [...new Set(names)].map((name) => ({ name, far: farness(word, name.toLowerCase()) }))
  return (
    rated
      // Where more than half of the letters would have to change, another word was meant.
      .filter(({ name, far }) => far <= most && far * 2 <= Math.max(word.length, name.length))
      .sort((one, other) => one.far - other.far)
      .slice(0, 3)
      .map(({ name }) => name)
  )
}

/** The beginning of a name is nearer to it than its letters tell. */
const farness = (word: string, name: string): number =>
  word.length > 2 && name !== word && name.startsWith(word) ? 1 : distance(word, name)

/** ` Did you mean …?`, or nothing. Pure. */
export function didYouMean(wanted: string, names: Iterable<string>): string {
  const found = alike(wanted, names).map((name) => JSON.stringify(name))
  return found.length === 0 ? '' : ` Did you mean ${found.join(' or ')}?`
}
