import anser from 'anser'

/** A piece of a line that looks and acts alike. */
export interface Piece {
  readonly text: string
  /** Names of colours and styles, for CSS. */
  readonly look: readonly string[]
  /** Colours that have no name, as `12, 34, 56`. */
  readonly color: string | null
  readonly background: string | null
  readonly href: string | null
  /** Part of what is searched for. */
  readonly hit: boolean
}

/** Only these are opened; nothing else that a job prints acts. */
const link = /\b(?:https?:\/\/|mailto:)[^\s<>"'`\])}]+[^\s<>"'`\])}.,;:!?]/gi

/** What a terminal would show of a line with carriage returns: what was written last; and what stood there before. */
function afterReturns(text: string): { readonly shown: string; readonly gone: string } {
  const plain = text.replace(/\r+$/, '')
  const cut = plain.lastIndexOf('\r') + 1
  return { shown: plain.slice(cut), gone: plain.slice(0, cut) }
}

const esc = String.fromCharCode(0x1b)
const bell = String.fromCharCode(0x07)

/** What moves a cursor or sets a title is left out; colours are kept. */
const otherSequences = new RegExp(
  `${esc}\\][^${bell}${esc}]*(?:${bell}|${esc}\\\\)|${esc}\\[[0-9;?]*[A-LN-Za-ln-z]`,
  'g',
)

const lookSequence = new RegExp(`${esc}\\[([0-9;]*)m`, 'g')

/** Sequences beyond these were overruled long since, in any log that is one. */
const mostCarried = 12

/** The colours and styles that are on behind a text. Pure. @param before the sequences that were on before it */
export function looksAfter(before: readonly string[], text: string): readonly string[] {
  if (!text.includes(esc)) return before
  let looks = before
  for (const [sequence, codes = ''] of text.matchAll(lookSequence)) {
    if (/^0*$/.test(codes)) looks = []
    else looks = /^0+;/.test(codes) ? [sequence] : [...looks, sequence].slice(-mostCarried)
  }
  return looks
}

/** Other control characters show nothing; a tab does, and the escape of a colour is read below. */
const isShown = (char: string): boolean => char >= ' ' || char === '\t' || char === esc

const withoutControls = (text: string): string => {
  const rest = text.replace(otherSequences, '')
  return [...rest].every(isShown) ? rest : [...rest].filter(isShown).join('')
}

/** A line as it is shown. Pure. @param find what is marked @param before the looks that earlier lines left on */
export function piecesOf(text: string, find: RegExp | null, before: readonly string[] = []): readonly Piece[] {
  const { shown, gone } = afterReturns(text)
  const looks = looksAfter(before, gone).join('')
  const styled = anser.ansiToJson(looks + withoutControls(shown), { use_classes: true, remove_empty: true })
  const plain = styled.map(({ content }) => content).join('')
  const marks = find === null ? [] : rangesOf(plain, find)
  const links = rangesOf(plain, link)
  const cuts = [...marks, ...links].flatMap(({ from, to }) => [from, to])
  let at = 0
  return styled.flatMap((part) => {
    const from = at
    at += part.content.length
    return cutAt(part.content, from, cuts).map(({ text: piece, start }) => {
      const inLink = links.find((range) => start >= range.from && start < range.to)
      return {
        text: piece,
        look: lookOf(part),
        color: part.fg_truecolor || null,
        background: part.bg_truecolor || null,
        href: inLink === undefined ? null : plain.slice(inLink.from, inLink.to),
        hit: marks.some((range) => start >= range.from && start < range.to),
      }
    })
  })
}

const lookOf = ({ fg, bg, decorations }: ReturnType<typeof anser.ansiToJson>[number]): readonly string[] => [
  ...(fg ? [fg] : []),
  ...(bg ? [`${bg}-bg`] : []),
  ...decorations,
]

interface Range {
  readonly from: number
  readonly to: number
}

function rangesOf(text: string, pattern: RegExp): readonly Range[] {
  return [...text.matchAll(pattern)]
    .filter(([found]) => found !== '')
    .slice(0, 200)
    .map(({ 0: found, index }) => ({ from: index, to: index + found.length }))
}

/** A text that begins at a place, in pieces at the cuts that lie inside it. */
function cutAt(text: string, begin: number, cuts: readonly number[]): readonly { text: string; start: number }[] {
  const inside = [...new Set(cuts)].filter((cut) => cut > begin && cut < begin + text.length).sort((a, b) => a - b)
  const starts = [begin, ...inside]
  return starts.map((start, at) => ({
    start,
    text: text.slice(start - begin, (starts[at + 1] ?? begin + text.length) - begin),
  }))
}

/** What is searched for, as it is marked; null where it is none, or is RE2's alone. */
export function markPattern(find: string, regex: boolean): RegExp | null {
  if (find === '') return null
  try {
    return new RegExp(regex ? find : find.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gi')
  } catch {
    return null
  }
}

/** The plain text of a line: what is announced and copied. */
export const plainOf = (text: string): string =>
  piecesOf(text, null)
    .map((piece) => piece.text)
    .join('')
