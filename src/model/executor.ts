import { z } from 'zod'
import { argumentList, environment, filled, flagOr, nameOr, nameOrNull, texts, wordOr } from './fields.ts'
import { isNoVersion } from './python.ts'

/** The most that one script, code or command may have, in characters; a whole definition is at most 1 MiB. */
const longest = 1024 * 1024

const common = { args: argumentList(), env: environment(), workdir: nameOrNull(4096) }

const environmentKind = wordOr(['system', 'venv', 'uv'], 'system')

const pythonEnvironment = z.preprocess(
  (value) => value ?? {},
  z
    .object({
      type: environmentKind,
      python_version: nameOrNull(50),
      venv_path: nameOrNull(4096),
      requirements: texts(),
      requirements_file: nameOrNull(4096),
    })
    .refine((given) => given.venv_path === null || given.type === 'venv', {
      path: ['venv_path'],
      error: 'is for an environment of type venv',
    })
    .refine(({ type, python_version }) => type === 'uv' || python_version === null || !isNoVersion(python_version), {
      path: ['python_version'],
      error: 'must be a version such as 3.11 or 3.11.9, or the name of an interpreter',
    }),
)

/** What a Python environment asks to be made, as far as it can be read: what is wrong in it counts as not given. */
export const PythonEnvironmentWish = z
  .object({
    type: environmentKind.catch('system'),
    requirements: texts().catch([]),
    requirements_file: nameOrNull(4096).catch(null),
  })
  .catch({ type: 'system', requirements: [], requirements_file: null })

/** What a job runs, by type; fields of another type are dropped. Source: the wire contract, "Executors". */
export const Executor = z.discriminatedUnion(
  'type',
  [
    z.object({
      type: z.literal('shell'),
      script: filled(longest),
      shell: nameOr('bash', 4096),
      login: flagOr(false),
      ...common,
    }),
    z.object({ type: z.literal('batch'), script: filled(longest), shell: nameOr('cmd', 4096), ...common }),
    z.object({ type: z.literal('external'), command: filled(longest), ...common }),
    z.object({
      type: z.literal('python'),
      code: filled(longest),
      interpreter: nameOr('python3', 4096),
      environment: pythonEnvironment,
      ...common,
    }),
  ],
  {
    error: ({ code, input }) => {
      if (input === undefined) return 'is required'
      return code === 'invalid_union'
        ? 'must be one of shell, batch, external, python'
        : 'must be an object with a type'
    },
  },
)

export type Executor = z.infer<typeof Executor>
export type ExecutorType = Executor['type']
export const executorTypes = Executor.options.map(({ shape }) => shape.type.value)
