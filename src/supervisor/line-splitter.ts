import { StringDecoder } from 'node:string_decoder'

/** Cuts what a socket brings into lines, wherever the reads were cut. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  #parts: string[] = []

  /** @returns the lines that these bytes end */
  push(bytes: Buffer): string[] {
    const pieces = this.#decoder.write(bytes).split('\n')
    const last = pieces.pop() ?? ''
    const [first, ...others] = pieces
    if (first === undefined) {
      this.#parts.push(last)
      return []
    }
    const lines = [this.#parts.join('') + first, ...others]
    this.#parts = last === '' ? [] : [last]
    return lines
  }
}
