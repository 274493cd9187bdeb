import { isTooLong } from './argument.ts'
import type { AttemptFacts, Command, ExecutorOf, HostFacts } from './command.ts'

/**
 * A script for a shell. `bash` is /bin/bash where there is one, so that a job's own PATH cannot replace it; elsewhere
 * (Windows, NixOS, the BSDs) the one on the job's PATH. Source: the wire contract, "How they start".
 *
 * A script that is too long for an argument is read from a file by `.`, which leaves `$0` and the arguments as they are with
 * `-c`. What differs: the shell names the file in its messages, and `return` ends the script.
 */
export function shell(
  { script, shell, login, args }: ExecutorOf<'shell'>,
  host: HostFacts,
  { script_path }: AttemptFacts,
): Command {
  const file = shell === 'bash' && host.os !== 'windows' && host.has_bin_bash ? '/bin/bash' : shell
  const isLong = isTooLong(script, host)
  // The word after the script is $0: error messages of the shell then begin with its name, and ARGS count from $1.
  const words = [login ? '-lc' : '-c', isLong ? `. ${quoted(script_path, host)}` : script, shell, ...args]
  return { file, args: words, ...(isLong && { script }) }
}

/** For a shell of POSIX: between single quotes nothing is special but the quote itself. */
function quoted(path: string, { os }: HostFacts): string {
  return `'${(os === 'windows' ? path.replaceAll('\\', '/') : path).replaceAll("'", "'\\''")}'`
}
