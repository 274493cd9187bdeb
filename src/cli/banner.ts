import { quoted } from './quoted.ts'

/** What `hydra up` prints when it is ready: where it is, how to be let in, and one line that submits a first job. Pure. */
export function banner(about: {
  readonly url: string
  /** The link that opens the page signed in, once. */
  readonly page: string | null
  readonly tokenFile: string | null
  readonly dataFolder: string
  readonly worker: string | null
  /** How another command is called that finds this server by itself. */
  readonly command: string
}): string {
  const { url, page, tokenFile, dataFolder, worker, command } = about
  // Read from the file in a shell of the user's: the token itself belongs neither on a screen nor in a history.
  const token = tokenFile === null ? '$ADMIN_TOKEN' : `$(cat ${quoted(tokenFile)})`
  const job = `{"name": "hello", "executor": {"type": "shell", "script": "echo hello from $(hostname)"}}`
  return [
    '',
    `hydra-jobs is ready on ${url}`,
    ...pageLines(page),
    `  worker       ${worker ?? 'none'}`,
    `  data         ${dataFolder}`,
    `  admin token  ${tokenFile === null ? 'the ADMIN_TOKEN that you gave' : `in ${tokenFile}`}`,
    `  API docs     ${url}/docs`,
    '',
    `Submit a first job and follow it${command.includes('npx ') ? ', in this folder' : ''}:`,
    `  echo '${job}' | ${command} submit - --wait`,
    'Or by the API:',
    `  curl -s ${url}/jobs/ -H "x-api-key: ${token}" -H 'content-type: application/json' -d '${job}'`,
    'See what became of it:',
    `  curl -s "${url}/history/?limit=1" -H "x-api-key: ${token}"`,
    '',
    '',
  ].join('\n')
}

/** What `hydra scheduler` prints when it is ready. Pure. @param page as in `banner` */
export const schedulerBanner = (url: string, page: string | null): string =>
  [`hydra scheduler is ready on ${url}`, ...pageLines(page), ''].join('\n')

const pageLines = (page: string | null): readonly string[] =>
  page === null ? [] : [`  page         ${page}`, '               (signs you in once, within 15 minutes)']
