/** Why a command does not go on, in one sentence that its user can act on. */
export class Refusal extends Error {
  readonly exitCode: number

  constructor(sentence: string, exitCode = 1) {
    super(sentence)
    this.name = 'Refusal'
    this.exitCode = exitCode
  }
}
