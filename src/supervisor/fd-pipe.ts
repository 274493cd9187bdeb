import { Socket } from 'node:net'
import type { Pipe } from './processes.ts'

/** Every pipe reads into this one buffer: bytes are handed on within the call that read them. As large as a pipe. */
const shared = Buffer.allocUnsafeSlow(64 * 1024)

/** Our end of a pipe, by its descriptor, which is closed with it. */
export class FdPipe implements Pipe {
  readonly #socket: Socket
  #onData: (bytes: Buffer) => void = () => {}
  #onEnd: () => void = () => {}

  constructor(fd: number) {
    const callback = (length: number, buffer: Uint8Array): boolean => {
      this.#onData(shared.subarray(buffer.byteOffset - shared.byteOffset, length))
      return true
    }
    this.#socket = new Socket({ fd, readable: true, writable: false, onread: { buffer: shared, callback } })
    this.#socket.on('error', () => this.#ended())
    this.#socket.on('close', () => this.#ended())
  }

  listen(onData: (bytes: Buffer) => void, onEnd: () => void): void {
    this.#onData = onData
    this.#onEnd = onEnd
    this.#socket.resume()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #ended(): void {
    const onEnd = this.#onEnd
    this.#onEnd = () => {}
    onEnd()
  }
}
