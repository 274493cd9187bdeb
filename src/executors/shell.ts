import type { Command, ExecutorOf, HostFacts } from './command.ts'

/**
 * A script for a shell. `bash` is /bin/bash where there is one, so that a job's own PATH cannot replace it; elsewhere
 * (Windows, NixOS, the BSDs) the one on the job's PATH. Source: the wire contract, "How they start".
 */
export function shell({ script, shell, login, args }: ExecutorOf<'shell'>, host: HostFacts): Command {
  const file = shell === 'bash' && host.os !== 'windows' && host.has_bin_bash ? '/bin/bash' : shell
  // The word after the script is $0: error messages of the shell then begin with its name, and ARGS count from $1.
  return { file, args: [login ? '-lc' : '-c', script, shell, ...args] }
}
