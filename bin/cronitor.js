#!/usr/bin/env node
'use strict'
const mayExec = process.argv.includes('exec')
const held = mayExec ? require('./hold-signals.js') : { release: () => [] }
const left = mayExec ? require('./leave-stdio.js') : { restore: () => {} }
const { isOldNode, startByLauncher } = require('./old-node.js')

if (isOldNode(process.versions.node)) {
  startByLauncher('cronitor')
} else {
  import('../dist/cronitor.js').then(
    program =>
      typeof program.main === 'function'
        ? program.main(process.argv.slice(2), held.release, left.restore)
        : startByLauncher('cronitor', 'dist/cronitor.js is cut off'),
    error => startByLauncher('cronitor', error.code || error.name),
  )
}
