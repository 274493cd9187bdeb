import { readFileSync } from 'node:fs'
import { exitCodes } from './exit-codes.ts'
import { fileFault } from './file-fault.ts'
import { Refusal } from './refusal.ts'

/** The token that a file holds; tokens stand in no argument, where every user of the machine could read them. @throws Refusal */
export function tokenIn(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Refusal(`${fileFault(file, error)} Name one that holds a token and nothing else.`, exitCodes.usage)
  }
  const token = text.trim()
  if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token
  throw new Refusal(`The file ${file} does not hold one token.`, exitCodes.usage)
}
