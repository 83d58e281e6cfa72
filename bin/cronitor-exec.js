#!/usr/bin/env node
'use strict'
const held = require('./hold-signals.js')
require('./leave-stdio.js')
const { isOldNode, startByLauncher } = require('./old-node.js')

if (isOldNode(process.versions.node)) {
  startByLauncher('cronitor-exec')
} else {
  import('../dist/exec.js').then(
    program =>
      typeof program.main === 'function'
        ? program.main(process.argv.slice(2), held.release)
        : startByLauncher('cronitor-exec', 'dist/exec.js is cut off'),
    error => startByLauncher('cronitor-exec', error.code || error.name),
  )
}
