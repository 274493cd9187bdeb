import { stripVTControlCharacters } from 'node:util'
import { parseCLI, startVitest } from 'vitest/node'
import { compile, root } from './compile.mjs'

/**
 * @typedef {import('vitest/node').TestCase} TestCase
 * @typedef {import('vitest/node').TestSuite} TestSuite
 * @typedef {import('vitest/node').TestModule} TestModule
 */

process.chdir(root)
const code = compile()
  ? await run(process.argv.slice(2))
  : close({ passed: 0, faults: ['the build'], again: [], skipped: [] })
// What a test left open must not hold the result back; what is written must be out before.
process.stdout.write('', () => process.exit(code))

/**
 * One run of vitest over what the filters choose.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function run(args) {
  const { filter, options } = parseCLI(['vitest', 'run', ...args])
  const vitest = await startVitest('test', filter, { ...options, run: true, watch: false })
  const modules = vitest.state.getTestModules()
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  // A test is still pending when the process it ran in died.
  const failed = tests.filter((test) => ['failed', 'pending'].includes(test.result().state))
  // A file that cannot be loaded, a hook that threw, an error outside of any test: each fails the run, and is counted.
  const broken = [...modules, ...modules.flatMap((module) => [...module.children.allSuites()])].filter(
    (collection) => collection.errors().length > 0,
  )
  const stray = vitest.state.getUnhandledErrors()
  await vitest.close()
  return close({
    passed: tests.filter((test) => test.result().state === 'passed').length,
    faults: [
      ...failed.map((test) => faultLine(nameOf(test), test.result().errors)),
      ...broken.map((collection) => faultLine(nameOf(collection), collection.errors())),
      ...stray.map((error) => faultLine('an error outside of any test', [error])),
    ],
    again: tests
      .filter((test) => test.diagnostic()?.flaky)
      .map((test) => faultLine(nameOf(test), test.result().errors)),
    skipped: tests.filter((test) => test.result().state === 'skipped').map(skippedLine),
  })
}

/** @param {TestCase | TestSuite | TestModule} task */
function nameOf(task) {
  return 'fullName' in task ? `${task.module.relativeModuleId} > ${task.fullName}` : task.relativeModuleId
}

/** @param {TestCase} test */
function skippedLine(test) {
  const result = test.result()
  const reason = result.state === 'skipped' ? result.note : undefined
  return reason ? `${nameOf(test)}: ${reason}` : nameOf(test)
}

/**
 * What failed and, in one line, why: of a run elsewhere the closing lines are often all that is at hand.
 * @param {string} name
 * @param {readonly unknown[] | undefined} errors
 */
function faultLine(name, errors) {
  const [error] = errors ?? []
  if (error === undefined) return name
  const said = (/** @type {string} */ key) =>
    error instanceof Object && key in error ? String(Reflect.get(error, key)) : ''
  const text = `${said('message') || String(error)} ${said('diff')}`
  const place = /[^/\s(]+\.tsx?:\d+/.exec(said('stack'))?.[0]
  return `${name}: ${stripVTControlCharacters(text).replace(/\s+/g, ' ').slice(0, 600)}${place ? ` (${place})` : ''}`
}

/**
 * The closing lines; the last one is made for programs to read.
 * @param {{ passed: number, faults: string[], again: string[], skipped: string[] }} outcome
 * @returns {number} the exit code
 */
function close({ passed, faults, again, skipped }) {
  const nothingRan = passed === 0 && faults.length === 0
  console.log(
    [
      ...skipped.map((line) => `skipped: ${line}`),
      ...again.map((line) => `passed at the second try: ${line}`),
      ...faults.map((line) => `failed: ${line}`),
      ...(nothingRan ? ['no test was run'] : []),
      `${passed} passed, ${faults.length} failed`,
    ].join('\n'),
  )
  return nothingRan || faults.length > 0 ? 1 : 0
}
