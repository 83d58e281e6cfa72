#!/usr/bin/env node
'use strict'
const NOTHING_HELD = { release: () => [], restoreStreams: () => {} }
const held = process.argv.includes('exec') ? require('./cronitor-exec.js') : NOTHING_HELD
// As in cronitor-exec.js: no warning of Node.js's is printed.
process.removeAllListeners('warning')
const { isOldNode, startByLauncher } = require('./old-node.js')

if (isOldNode(process.versions.node)) {
  startByLauncher('cronitor')
} else {
  import('../dist/cronitor.js').then(
    program =>
      typeof program.main === 'function'
        ? program.main(process.argv.slice(2), held.release, held.restoreStreams)
        : startByLauncher('cronitor', 'dist/cronitor.js is cut off'),
    error => startByLauncher('cronitor', error.code || error.name),
  )
}
