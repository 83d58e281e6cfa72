// For `node bin/cronitor-exec.js …` with a Node.js that is too old: the launcher looks for a newer one, and runs the
// job unmonitored where there is none.
'use strict'

module.exports.isOldNode = version => {
  const [major, minor] = version.split('.').map(Number)
  return major < 20 || (major === 20 && minor < 19)
}

module.exports.startByLauncher = program => {
  const { spawnSync } = require('child_process')
  const { constants } = require('os')
  const launcher = require('path').join(__dirname, program)
  const { status, signal } = spawnSync('/bin/sh', [launcher].concat(process.argv.slice(2)), {
    stdio: 'inherit',
  })
  process.exitCode = status === null ? 128 + (constants.signals[signal] || 0) : status
}
