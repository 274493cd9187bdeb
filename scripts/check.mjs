// `npm run check`: all that can be known without running the program. The parts run side by side; what failed is printed.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root, tsc } from './compile.mjs'
import { checkImports } from './import-rules.mjs'

/**
 * One part by its package's own program.
 * @param {string[]} args a file for Node, and its arguments
 * @returns {Promise<string>} what it printed; empty when all is well
 */
function program(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(code === 0 ? '' : output || `ended with ${signal ?? code}`))
  })
}

/** @param {string[]} path */
const bin = (...path) => join(root, 'node_modules', ...path)

async function importRules() {
  const { modules, violations } = await checkImports(root)
  const sources = ['src', join('ui', 'src')].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name)),
  )
  // The checker reports "no violations" of modules that it cannot parse, too.
  if (modules < sources.length) return `only ${modules} of ${sources.length} modules were seen`
  return violations.join('\n')
}

/** @type {Record<string, () => Promise<string>>} */
const parts = {
  'types of the product': () => program([tsc, '-p', 'tsconfig.json', '--noEmit', '--pretty', 'false']),
  'types of tests and scripts': () => program([tsc, '-p', 'tsconfig.check.json', '--pretty', 'false']),
  'types of the page': () => program([tsc, '-p', join('ui', 'tsconfig.json'), '--pretty', 'false']),
  'style (npm run format mends most)': () =>
    program([bin('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--colors=off', '.']),
  'import rules': importRules,
  'dead code': () => program([bin('knip', 'bin', 'knip.js'), '--no-progress']),
}

const began = performance.now()
const results = await Promise.all(
  Object.entries(parts).map(async ([name, part]) => {
    const fault = await part().catch((error) => String(error))
    return { name, fault: fault.trim() }
  }),
)
for (const { name, fault } of results.filter(({ fault }) => fault !== '')) console.log(`── ${name}\n${fault}\n`)
for (const { name, fault } of results) console.log(`${fault === '' ? 'ok    ' : 'FAILED'} ${name}`)
console.log(`checked in ${((performance.now() - began) / 1000).toFixed(1)} s`)
process.exitCode = results.some(({ fault }) => fault !== '') ? 1 : 0
