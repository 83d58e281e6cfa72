#!/usr/bin/env node
'use strict'
// The entry of all commands. `cronitor exec` runs a job, whose signals and streams cronitor-exec.js protects.
const UNPROTECTED = { release: () => [], restoreStreams: () => {} }
const { release, restoreStreams } = process.argv.includes('exec')
  ? require('./cronitor-exec.js')
  : UNPROTECTED
// As in cronitor-exec.js: warnings of Node.js are not printed.
process.removeAllListeners('warning')
const { isOldNode, startByLauncher } = require('./old-node.js')

if (isOldNode(process.versions.node)) {
  startByLauncher('cronitor')
} else {
  import('../dist/cronitor.js').then(
    program =>
      typeof program.main === 'function'
        ? program.main(process.argv.slice(2), release, restoreStreams)
        : startByLauncher('cronitor', 'dist/cronitor.js is cut off'),
    error => startByLauncher('cronitor', error.code || error.name),
  )
}
