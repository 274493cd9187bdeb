import { homedir } from 'node:os'
import { resolve } from 'node:path'

/** Where store, worker folders and the admin token are, unless HYDRA_DATA_DIR says otherwise. */
export const defaultDataDir = '~/.local/share/hydra-jobs'

/** A folder, made absolute; a leading `~/`, which no shell has replaced in a service's settings, is the user's home. */
export const absoluteFolder = (text: string): string =>
  resolve(/^~(?=$|[/\\])/.test(text) ? text.replace('~', () => homedir()) : text)
