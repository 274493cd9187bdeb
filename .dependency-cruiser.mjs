// Who may import whom. Every part may import itself and what stands under `everyone`; the rest is this table.
// The lines are the architecture: a new one needs a reason in docs/decisions/.

/** The parts, as folders of src, and what each may import besides: folders or files, without extension. */
const mayImport = {
  model: [],
  ports: [],
  stores: ['ports'],
  redis: ['ports'],
  brokers: ['ports', 'redis'],
  links: ['ports', 'redis', 'client'],
  scheduler: ['ports'],
  http: ['scheduler', 'ports/link-wire'],
  executors: [],
  supervisor: [],
  worker: ['ports', 'executors', 'supervisor/messages', 'supervisor/client', 'runtime/lock'],
  client: [],
  runtime: ['runtime'],
}

/** Only cli composes everything; these pieces of runtime are as free as the model, all others are handed in by cli. */
const everyone = ['model', 'runtime/log', 'runtime/loop', 'runtime/fail-points', 'runtime/ids']

/** Pure libraries that the model may use: schemas, cron expressions. */
const ofTheModel = ['zod', 'croner', 'cronstrue']

/** What a client loads of the model: modules without schemas, so that a page carries no schema library. */
const lightModel = ['completion-rules', 'errors', 'event-type', 'exclusion', 'run-status']
const ofTheClient = ['eventsource-parser']

const drivers = ['mongo', 'sqlite', 'redis', 'memory', 'direct', 'http']

/** Tests beside the sources compose what they need, and so do their helpers. */
const tests = '\\.(?:test|fixture)\\.ts$'

/** @param {string} name */
const pathOf = (name) => `^src/${name}(?:[/.]|-|$)`

const allowed = Object.entries(mayImport).map(([part, others]) => ({
  part,
  names: part === 'model' ? [] : [...everyone, ...others],
}))

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const partRules = allowed.map(({ part, names }) => ({
  name: `${part}-imports`,
  comment: `src/${part} may import ${['itself', ...names].join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${part}/`, pathNot: tests },
  to: {
    path: '^(?:src|test|bench|ui)/',
    pathNot: [`^src/${part}/`, ...names.map(pathOf)],
  },
}))

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const rules = [
  ...partRules,
  {
    name: 'no-unknown-part',
    comment: 'A folder of src that the table does not name has no rules: give it a line.',
    severity: 'error',
    from: {},
    to: { path: '^src/', pathNot: [`^src/(?:${[...Object.keys(mayImport), 'cli'].join('|')})/`] },
  },
  {
    name: 'driver-imports-driver',
    comment: 'A driver never imports another: what two share belongs beside them, or in src/redis.',
    severity: 'error',
    from: { path: `^src/(?:stores|brokers|links)/(${drivers.join('|')})[/.]`, pathNot: tests },
    to: {
      path: `^src/(?:stores|brokers|links)/(?:${drivers.join('|')})[/.]`,
      pathNot: '^src/(?:stores|brokers|links)/$1[/.]',
    },
  },
  {
    name: 'model-is-pure',
    comment: `The model imports nothing but ${ofTheModel.join(', ')}: neither Node nor other packages.`,
    severity: 'error',
    from: { path: '^src/model/', pathNot: tests },
    to: {
      dependencyTypesNot: ['local', 'localmodule'],
      pathNot: ['^src/', `(?:^|/)node_modules/(?:${ofTheModel.join('|')})/`],
    },
  },
  {
    name: 'client-is-light',
    comment: `The client runs in browsers: besides types it takes ${lightModel.join(', ')} of the model, and of packages ${ofTheClient.join(', ')}.`,
    severity: 'error',
    from: { path: '^src/client/', pathNot: tests },
    to: {
      dependencyTypesNot: ['type-only'],
      pathNot: [
        '^src/client/',
        ...lightModel.map((name) => `^src/model/${name}\\.ts$`),
        `(?:^|/)node_modules/(?:${ofTheClient.join('|')})/`,
      ],
    },
  },
  {
    name: 'ui-imports-client',
    comment: 'The page and the examples speak to the API through src/client alone.',
    severity: 'error',
    from: { path: '^(?:ui|examples)/' },
    to: { path: '^(?:src|test|bench)/', pathNot: '^src/client/' },
  },
  {
    name: 'product-imports-no-tests',
    comment: 'What is published needs neither tests nor benchmarks nor scripts.',
    severity: 'error',
    from: { path: '^src/', pathNot: tests },
    to: { path: [tests, '^(?:test|bench|scripts)/'] },
  },
  {
    name: 'product-imports-no-dev-dependencies',
    comment: 'What src imports at run time stands under dependencies.',
    severity: 'error',
    from: { path: '^src/', pathNot: tests },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-cycles',
    comment: 'Modules that import each other cannot be read, tested or loaded apart.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'resolvable',
    comment: 'There is no such module.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
]

/** @type {import('dependency-cruiser').ICruiseOptions} */
const options = {
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '(?:^|/)(?:dist|fixtures)/' },
  // TypeScript 7 has no API for other tools: with it alone 0 modules are seen, and nothing is ever reported.
  parser: 'swc',
  tsPreCompilationDeps: true,
  enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
}

export default { forbidden: rules, options }
