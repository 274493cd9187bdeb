import { isTooLong } from './argument.ts'
import type { AttemptFacts, Command, ExecutorOf, HostFacts } from './command.ts'

/**
 * A script for cmd: one line as `cmd /c SCRIPT`. Of several lines cmd would read the first alone, and `%1` exists in files
 * only: such a script, or one with arguments, is run from a file, with the echo of its commands off.
 * Source: the wire contract, "How they start"; `cmd /?`.
 */
export function batch(
  { script, shell, args }: ExecutorOf<'batch'>,
  host: HostFacts,
  { script_path }: AttemptFacts,
): Command {
  const line = script.trim()
  const verbatim = host.os === 'windows'
  if (args.length === 0 && !/[\r\n]/.test(line) && !isTooLong(line, host))
    return { file: shell, args: commandLine(['/c'], line, verbatim), verbatim }
  const call = [script_path, ...args].map(quoted).join(' ')
  return { file: shell, args: commandLine(['/q', '/c'], call, verbatim), verbatim, script: fileOf(script) }
}

/** With /s cmd takes the outer quotes away and leaves everything between them as it is; quotes inside are not escaped. */
const commandLine = (options: readonly string[], line: string, verbatim: boolean): string[] =>
  verbatim ? ['/s', ...options, `"${line}"`] : [...options, line]

/** cmd escapes a quote between quotes by a second one. */
const quoted = (word: string): string =>
  word !== '' && !/[\s"&|<>^()%!,;=]/.test(word) ? word : `"${word.replaceAll('"', '""')}"`

/** cmd finds labels in lines that end as Windows' do only, and reads a file in the code page of its console. */
const fileOf = (script: string): string => `@chcp 65001 >nul\r\n${script.replaceAll(/\r?\n/g, '\r\n')}\r\n`
