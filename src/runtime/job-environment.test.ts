import { expect, test } from 'vitest'
import { jobBaseEnvironment } from './job-environment.ts'
import { forgetSecrets, secretNames } from './secrets.ts'

const server = {
  PATH: '/usr/bin:/bin',
  HOME: '/home/ann',
  LC_TIME: 'C',
  https_proxy: 'http://proxy:3128',
  EDITOR: 'ed',
  AWS_REGION: 'eu-west-1',
  AWS_PROFILE: 'jobs',
  HYDRA_DATA_DIR: '/var/lib/hydra',
  HYDRA_FAIL_POINT: 'dispatch.reserved',
  MONGO_DB: 'hydra_jobs',
  ...Object.fromEntries(secretNames.map((name) => [name, 'a secret'])),
}

const basic = { PATH: '/usr/bin:/bin', HOME: '/home/ann', LC_TIME: 'C', https_proxy: 'http://proxy:3128' }

test('a job gets the short list and nothing else of the server', () => {
  expect(jobBaseEnvironment(server, [], 'linux')).toEqual(basic)
})

test('what JOB_ENV_PASS names is passed, with a star within a name', () => {
  expect(jobBaseEnvironment(server, ['AWS_*', 'EDITOR', 'ABSENT'], 'linux')).toEqual({
    ...basic,
    AWS_REGION: 'eu-west-1',
    AWS_PROFILE: 'jobs',
    EDITOR: 'ed',
  })
})

test('a star alone passes all but secrets, connections and our own settings', () => {
  expect(jobBaseEnvironment(server, ['*'], 'linux')).toEqual({
    ...basic,
    AWS_REGION: 'eu-west-1',
    AWS_PROFILE: 'jobs',
    EDITOR: 'ed',
  })
})

test('a secret that is named is not passed either', () => {
  const named = [...secretNames, 'MONGO_*', 'HYDRA_FAIL_POINT', '*_TOKEN']
  expect(jobBaseEnvironment(server, named, 'linux')).toEqual(basic)
})

test('a dot in a name is a dot', () => {
  expect(jobBaseEnvironment({ AxB: '1', 'A.B': '2' }, ['A.B'], 'linux')).toEqual({ 'A.B': '2' })
})

test('under npm a job gets neither its folders in PATH nor its variables', () => {
  const npm = {
    ...server,
    PATH: '/app/node_modules/.bin:/node_modules/.bin:/npm/run-script/lib/node-gyp-bin:/usr/bin:/bin',
    npm_lifecycle_event: 'start',
    npm_config_cache: '/home/ann/.npm',
    INIT_CWD: '/app',
    NODE: '/usr/bin/node',
  }
  expect(jobBaseEnvironment(npm, [], 'linux')).toEqual(basic)
  expect(jobBaseEnvironment(npm, ['*'], 'linux')).not.toHaveProperty('npm_config_cache')
  expect(jobBaseEnvironment(npm, ['*'], 'linux')).not.toHaveProperty('INIT_CWD')
  expect(jobBaseEnvironment(npm, ['*'], 'linux').PATH).toBe('/usr/bin:/bin')
})

test('without npm the PATH is passed as it is', () => {
  const PATH = '/home/ann/tools/node_modules/.bin:/usr/bin'
  expect(jobBaseEnvironment({ PATH }, [], 'linux')).toEqual({ PATH })
})

test('on Windows the names have no case, and what programs need there is passed', () => {
  const windows = {
    Path: 'C:\\app\\node_modules\\.bin;C:\\Windows',
    SYSTEMROOT: 'C:\\Windows',
    'ProgramFiles(x86)': 'C:\\Program Files (x86)',
    Admin_Token: 'a secret',
    OTHER: '1',
    npm_lifecycle_event: 'start',
  }
  expect(jobBaseEnvironment(windows, [], 'win32')).toEqual({
    Path: 'C:\\Windows',
    SYSTEMROOT: 'C:\\Windows',
    'ProgramFiles(x86)': 'C:\\Program Files (x86)',
  })
})

test('secrets are forgotten, all else stays', () => {
  const env: Record<string, string | undefined> = { ADMIN_TOKEN: 'a', REDIS_URL: 'redis://x', PORT: '1' }
  forgetSecrets(env)
  expect(env).toEqual({ PORT: '1' })
})
