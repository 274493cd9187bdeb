#!/usr/bin/env -S node --max-semi-space-size=16
// Nothing but this check may be loaded first: on an older Node the rest fails to parse, or its native parts crash.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`hydra needs Node 22.19 or later; this is Node ${process.versions.node}.\n`)
  process.exitCode = 1
} else {
  const { main } = await import('./program.ts')
  process.exitCode = await main(process.argv.slice(2))
}

// Makes this file a module, so that it may await at its top.
export {}
