// What is left where the program itself cannot run: the launcher looks for a newer Node.js, or runs the job unmonitored.
'use strict'

module.exports.isOldNode = version => {
  const [major, minor] = version.split('.').map(Number)
  return major < 20 || (major === 20 && minor < 19)
}

/** `broken`: what is wrong with the installation, as while an upgrade replaces its files; no Node.js helps then. */
module.exports.startByLauncher = (program, broken) => {
  const { spawn } = require('child_process')
  const { constants } = require('os')
  const launcher = require('path').join(__dirname, program)
  const env = Object.assign({}, process.env)
  if (env._CRONITOR_NODE_OPTIONS !== undefined) env.NODE_OPTIONS = env._CRONITOR_NODE_OPTIONS
  for (const name of Object.keys(env)) if (/^_CRONITOR_/.test(name)) delete env[name]
  if (broken) env._CRONITOR_BROKEN = broken
  // What was noted of this Node.js is wrong.
  else env._CRONITOR_OLD = '1'
  const child = spawn('/bin/sh', [launcher].concat(process.argv.slice(2)), { stdio: 'inherit', env })
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('exit', (status, signal) => {
    process.exit(status === null ? 128 + (constants.signals[signal] || 0) : status)
  })
}
