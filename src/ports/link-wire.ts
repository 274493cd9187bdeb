import type { ReportWire } from '../model/wire/link.ts'
import type { Report } from './link.ts'

/** What a report takes besides its output, about. */
const frame = 500

/** A report as it was before it crossed a wire. */
export const reportFrom = ({ chunks, ...report }: ReportWire): Report => ({
  ...report,
  chunks: chunks.map(({ bytes, ...chunk }) => ({ ...chunk, bytes: Buffer.from(bytes, 'base64') })),
})

const reportWire = ({ chunks, ended, ...report }: Report): ReportWire => ({
  ...report,
  chunks: chunks.map(({ bytes, ...chunk }) => ({ ...chunk, bytes: Buffer.from(bytes).toString('base64') })),
  ended: ended && { ...ended, seen: { ...ended.seen }, output: { ...ended.output } },
})

/** Reports as they cross a wire, in groups of about `most` characters of JSON; at least one group, of at least one report. */
export function* inPieces(reports: readonly Report[], most: number): Generator<ReportWire[]> {
  let piece: ReportWire[] = []
  let length = 0
  for (const report of reports) {
    const wire = reportWire(report)
    const { ended } = wire
    const tails = ended === null ? 0 : ended.output.stdout.length + ended.output.stderr.length
    const size = wire.chunks.reduce((sum, { bytes }) => sum + bytes.length, frame + tails)
    if (piece.length > 0 && length + size > most) {
      yield piece
      piece = []
      length = 0
    }
    piece.push(wire)
    length += size
  }
  yield piece
}
