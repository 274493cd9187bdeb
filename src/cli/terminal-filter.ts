/**
 * Lets a job's output onto a terminal without letting it steer the terminal: colours (SGR) pass where they are wanted,
 * every other control sequence is left out, a lone carriage return begins a new line, other control characters are shown
 * as their pictures. Sequences may be cut anywhere between two pieces. Source: ECMA-48, xterm's "Control Sequences".
 */
export class TerminalFilter {
  readonly #colors: boolean
  #state: State = 'text'
  #sequence = ''
  #afterReturn = false
  #isColored = false

  constructor({ colors }: { readonly colors: boolean }) {
    this.#colors = colors
  }

  /** What of the next piece is shown. */
  push(text: string): string {
    if (this.#state === 'text' && !this.#afterReturn && !steering.test(text)) return text
    let shown = ''
    for (const char of text) shown += this.#take(char)
    return shown
  }

  /** What ends the output: colours end with it. */
  end(): string {
    const rest = this.#afterReturn ? '\n' : ''
    const reset = this.#isColored ? '\x1b[0m' : ''
    this.#state = 'text'
    this.#afterReturn = false
    this.#isColored = false
    return rest + reset
  }

  #take(char: string): string {
    switch (this.#state) {
      case 'escape':
        return this.#afterEscape(char)
      case 'control':
        return this.#inControl(char)
      case 'string':
        return this.#inString(char)
      default:
        return this.#inText(char)
    }
  }

  #inText(char: string): string {
    const before = this.#afterReturn && char !== '\n' ? '\n' : ''
    this.#afterReturn = char === '\r'
    if (char === '\r') return before
    if (char === '\x1b') this.#state = 'escape'
    else if (char === '\x9b') this.#begin('control')
    else if (strings.includes(char)) this.#begin('string')
    else return before + pictureOf(char)
    return before
  }

  #afterEscape(char: string): string {
    this.#state = 'text'
    if (char === '[') this.#begin('control')
    else if (']PX^_'.includes(char)) this.#begin('string')
    // A two-character sequence, or one with an intermediate, of which the last is still to come.
    else if (char >= ' ' && char <= '/') this.#state = 'escape'
    else if (char < ' ') return this.#inText(char)
    return ''
  }

  #inControl(char: string): string {
    if (char >= ' ' && char <= '?') {
      this.#sequence += char
      return ''
    }
    this.#state = 'text'
    if (char < '@' || char > '~') return this.#inText(char)
    if (char !== 'm' || !this.#colors || !/^[\d;:]{0,64}$/.test(this.#sequence)) return ''
    this.#isColored = !/^0*$/.test(this.#sequence)
    return `\x1b[${this.#sequence}m`
  }

  /** A title or a link: until BEL or ST, and never longer than its line: one that is not ended must hide no log. */
  #inString(char: string): string {
    if (char === '\x1b') this.#state = 'escape'
    else if (char === '\x07' || char === '\x9c') this.#state = 'text'
    else if (char === '\n' || char === '\r') {
      this.#state = 'text'
      return this.#inText(char)
    }
    return ''
  }

  #begin(state: 'control' | 'string'): void {
    this.#state = state
    this.#sequence = ''
  }
}

type State = 'text' | 'escape' | 'control' | 'string'

/** Every control character but line feed and tab. */
const steering = /(?![\n\t])\p{Cc}/u

/** DCS, SOS, OSC, PM and APC, each as one character of eight bits. */
const strings = '\x90\x98\x9d\x9e\x9f'

function pictureOf(char: string): string {
  if (!steering.test(char)) return char
  const code = char.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '␡' : '�'
}
