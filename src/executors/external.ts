import type { Command, ExecutorOf } from './command.ts'

/** A program with its arguments, never through a shell: no word of them is expanded or split. */
export function external({ command, args }: ExecutorOf<'external'>): Command {
  return { file: command, args }
}
