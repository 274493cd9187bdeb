import { type ClientRequest, type IncomingMessage, request } from 'node:http'

/** One event as a client sees it. */
export interface SeenEvent {
  readonly event: string
  readonly id: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A client of a stream, over a real socket, that can be slow or go away. */
export class Listener {
  readonly answer: IncomingMessage
  readonly #request: ClientRequest
  readonly events: SeenEvent[] = []
  /** All bytes as they came, comments too. */
  text = ''
  readonly ended: Promise<void>
  #told: () => void = () => {}
  #rest = ''

  constructor(answer: IncomingMessage, asked: ClientRequest) {
    this.answer = answer
    this.#request = asked
    answer.setEncoding('utf8')
    answer.on('data', (text: string) => this.#take(text))
    answer.on('error', () => this.#told())
    this.ended = new Promise((resolve) => answer.once('close', resolve))
  }

  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const asked = request(url, { headers }, (answer) => resolve(new Listener(answer, asked)))
      asked.on('error', reject)
      asked.end()
    })
  }

  #take(text: string): void {
    this.text += text
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      if (field('data') !== '')
        this.events.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) })
    }
    this.#told()
  }

  /** Waits until what has come satisfies. */
  async until(what: string, holds: (events: readonly SeenEvent[]) => boolean): Promise<void> {
    const deadline = performance.now() + 10_000
    while (!holds(this.events)) {
      if (performance.now() > deadline)
        throw new Error(`gave up waiting for ${what}; there is ${JSON.stringify(this.events).slice(0, 500)}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500)
        this.#told = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Reads nothing any more: the socket's buffers fill. */
  pause(): void {
    this.answer.pause()
  }

  resume(): void {
    this.answer.resume()
  }

  leave(): void {
    this.#request.destroy()
  }
}
