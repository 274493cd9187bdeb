/** Why a file could not be read, in a sentence for who named it. Pure. */
export function fileFault(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT' || code === 'ENOTDIR') return `There is no file ${file}.`
  if (code === 'EISDIR') return `${file} is a folder, not a file.`
  if (code === 'EACCES' || code === 'EPERM') return `You may not read ${file}.`
  return `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`
}
