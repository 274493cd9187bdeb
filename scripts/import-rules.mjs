// The check of who may import whom (.dependency-cruiser.mjs), for `npm run check` and for its own test.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cruise } from 'dependency-cruiser'
import config from '../.dependency-cruiser.mjs'

/**
 * Looks at all modules of the tree in `folder`.
 * @param {string} folder absolute path of a tree that has `src`, and perhaps `test`, `bench`, `examples`, `ui/src`
 * @returns {Promise<{ modules: number, violations: string[] }>} how many modules were seen, and one line per violation
 */
export async function checkImports(folder) {
  const roots = ['src', 'test', 'bench', 'examples', 'ui/src'].filter((root) => existsSync(join(folder, root)))
  const { forbidden, options } = config
  const { output } = await cruise(roots, { ...options, baseDir: folder, validate: true, ruleSet: { forbidden } })
  if (typeof output === 'string') throw new Error(output)
  const comments = new Map(forbidden.map(({ name, comment }) => [name, comment]))
  return {
    modules: output.modules.filter(({ source }) => !source.includes('node_modules') && /\.[cm]?tsx?$/.test(source))
      .length,
    violations: output.summary.violations.map(
      ({ from, to, rule, cycle }) =>
        `${from} → ${cycle?.map(({ name }) => name).join(' → ') ?? to}: ${rule.name}. ${comments.get(rule.name) ?? ''}`,
    ),
  }
}
