#!/usr/bin/env node
'use strict'
const held = require('./hold-signals.js')
require('./leave-stdio.js')
const { isOldNode, startByLauncher } = require('./old-node.js')

if (isOldNode(process.versions.node)) {
  startByLauncher('cronitor-exec')
} else {
  let program
  const { load, saveCode, codeProblem } = require('./load.js')
  try {
    program = load('exec')
  } catch (error) {
    startByLauncher('cronitor-exec', error.code || error.message)
  }
  if (program) program.main(process.argv.slice(2), { release: held.release, saveCode, codeProblem })
}
