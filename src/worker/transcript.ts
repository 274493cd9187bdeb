import type { ChunkNote } from '../supervisor/messages.ts'

/** Notes kept per attempt while they cannot be reported; the supervisor tells again what lies beyond. */
export const mostNotes = 4096

/** Which chunks of an attempt are stored, which are known and wait to be reported. The bytes stay in the spool. */
export class Transcript {
  /** Up to here the control plane has stored all. */
  stored = 0
  /** Up to here it is known, without gaps. */
  heard = 0
  #notes: ChunkNote[] = []
  #isCut = false

  /** Takes in a note; one out of sequence was told before, or will be told again. */
  take(note: ChunkNote): void {
    if (this.#isCut || note.seq !== this.heard + 1) return
    if (this.#notes.length >= mostNotes) {
      this.#isCut = true
      return
    }
    this.heard = note.seq
    this.#notes.push(note)
  }

  /** What comes next, at most so many bytes; an empty list when already the first is larger. */
  next(budget: number): readonly ChunkNote[] {
    let bytes = 0
    const end = this.#notes.findIndex(({ length }) => {
      bytes += length
      return bytes > budget
    })
    return end === -1 ? this.#notes.slice() : this.#notes.slice(0, end)
  }

  get waiting(): number {
    return this.#notes.length
  }

  /** All up to `seq` is stored. */
  settle(seq: number): void {
    if (seq <= this.stored) return
    this.stored = seq
    this.heard = Math.max(this.heard, seq)
    const kept = this.#notes.findIndex((note) => note.seq > seq)
    this.#notes = kept === -1 ? [] : this.#notes.slice(kept)
  }

  /** Notes were dropped for want of room, and there is room again: it has to be told anew from `heard` on. */
  get isMissing(): boolean {
    return this.#isCut && this.#notes.length < mostNotes / 2
  }

  /** From now on listens for what comes after `heard`. */
  reopen(): void {
    this.#isCut = false
  }

  /** Forgets all that is not stored: it will be told anew, after `stored`. */
  restart(stored: number): void {
    this.stored = stored
    this.heard = stored
    this.#notes = []
    this.#isCut = false
  }
}
