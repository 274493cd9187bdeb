// Loaded before anything else, by whatever Node there is: only syntax that old ones parse, and no `node:` imports.

/** The oldest Node that the product runs on; as `engines` in package.json. */
const needed = { major: 22, minor: 19 }

/**
 * Says on standard error that this Node is too old, if it is, and lets the process end with 1.
 * @returns {boolean} whether to go on
 */
export function nodeIsNewEnough() {
  const found = process.version.slice(1)
  const [major = 0, minor = 0] = found.split('.').map(Number)
  if (major > needed.major || (major === needed.major && minor >= needed.minor)) return true
  console.error(
    `hydra-jobs needs Node ${needed.major}.${needed.minor} or newer, and this is ${found}; ` +
      '`npm ci` brings a Node 24 for the npm scripts, but not where npm is set to ignore-scripts.',
  )
  process.exitCode = 1
  return false
}
