import type { HostFacts } from './command.ts'

/**
 * Bytes that one argument may have before it is passed in a file instead. Linux takes 128 KiB (MAX_ARG_STRLEN), cmd 8191
 * characters for the whole line.
 */
const longest = (os: HostFacts['os']): number => (os === 'windows' ? 7000 : 100_000)

/** Whether a script, or code, is too long for the command line of this system. */
export const isTooLong = (text: string, { os }: Pick<HostFacts, 'os'>): boolean =>
  text.length > longest(os) || Buffer.byteLength(text) > longest(os)
