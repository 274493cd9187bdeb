import type { Command } from 'commander'
import { exitCodes } from './exit-codes.ts'
import { Refusal } from './refusal.ts'
import { didYouMean } from './suggest.ts'

/** A group lists its things when it is called by itself; a word that is none of its commands was meant to be one. */
export function refuseUnknown(group: Command): void {
  const [word] = group.args
  if (word === undefined) return
  const known = group.commands.map((sub) => sub.name())
  throw new Refusal(
    `There is no command \`${group.name()} ${word}\`.${didYouMean(word, known)} \`hydra ${group.name()} --help\` shows all.`,
    exitCodes.usage,
  )
}
