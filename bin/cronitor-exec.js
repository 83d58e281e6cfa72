#!/usr/bin/env node
'use strict'
const held = require('./hold-signals.js')
require('./leave-stdio.js')

const [major, minor] = process.versions.node.split('.').map(Number)
const isOldNode = major < 20 || (major === 20 && minor < 19)
// What stands in for the program is loaded only where it is needed: each file is a part of each start.
const startByLauncher = problem => require('./old-node.js').startByLauncher('cronitor-exec', problem)

if (isOldNode) {
  startByLauncher()
} else {
  let program
  const { load, saveCode, codeProblem } = require('./load.js')
  try {
    program = load('exec')
  } catch (error) {
    startByLauncher(error.code || error.message)
  }
  if (program) program.main(process.argv.slice(2), { release: held.release, saveCode, codeProblem })
}
