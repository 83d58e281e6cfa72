#!/usr/bin/env node
'use strict'
const held = process.argv.includes('exec') ? require('./hold-signals.js') : { release: () => [] }
if (process.argv.includes('exec')) require('./leave-stdio.js')
const { isOldNode, startByLauncher } = require('./old-node.js')

if (isOldNode(process.versions.node)) {
  startByLauncher('cronitor')
} else {
  import('../dist/cronitor.js').then(
    program => program.main(process.argv.slice(2), held.release),
    error => startByLauncher('cronitor', error.code || error.name),
  )
}
