const nothing = Buffer.alloc(0)

/** The newest bytes of a stream, in a ring that grows with what comes. */
export class Tail {
  readonly #limit: number
  #ring: Buffer = nothing
  #total = 0

  /** @param limit bytes kept */
  constructor(limit: number) {
    this.#limit = limit
  }

  push(bytes: Buffer): void {
    const newest = bytes.length > this.#limit ? bytes.subarray(bytes.length - this.#limit) : bytes
    // A ring that is not full begins at 0, so growing is a plain copy.
    if (this.#ring.length < this.#limit) this.#grow(Math.min(this.#limit, this.#total + bytes.length))
    this.#total += bytes.length
    let at = (this.#total - newest.length) % this.#limit
    let from = 0
    while (from < newest.length) {
      const copied = newest.copy(this.#ring, at, from, Math.min(newest.length, from + this.#limit - at))
      from += copied
      at = (at + copied) % this.#limit
    }
  }

  /** As text, and lets go of it: invalid UTF-8 becomes U+FFFD, a character cut at the beginning is left out. */
  take(): string {
    const ring = this.#ring
    this.#ring = nothing
    if (this.#total <= this.#limit) return ring.toString('utf8', 0, this.#total)
    const at = this.#total % this.#limit
    const bytes = Buffer.concat([ring.subarray(at), ring.subarray(0, at)])
    let from = 0
    while (from < 3 && isContinuation(bytes[from])) from += 1
    return bytes.toString('utf8', from)
  }

  #grow(needed: number): void {
    if (needed <= this.#ring.length) return
    const size = Math.min(this.#limit, Math.max(needed, this.#ring.length * 2, 256))
    const larger = Buffer.allocUnsafe(size)
    this.#ring.copy(larger)
    this.#ring = larger
  }
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80
