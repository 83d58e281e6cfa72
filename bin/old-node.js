// Starts the launcher again if the program cannot run. It then looks for a newer Node.js, or runs the job unmonitored.
// Every Node.js must be able to parse this file.
'use strict'

/** @param {string} version */
module.exports.isOldNode = version => {
  const [major, minor] = version.split('.').map(Number)
  return major < 20 || (major === 20 && minor < 19)
}

/**
 * `broken` is what is wrong with the installation, for example while an upgrade replaces its files. The launcher then
 * tries no other Node.js.
 *
 * @param {string} program
 * @param {string} [broken]
 */
module.exports.startByLauncher = (program, broken) => {
  const env = environmentBefore()
  if (broken) env._CRONITOR_BROKEN = broken
  // The launcher's note about this Node.js is wrong.
  else env._CRONITOR_OLD = '1'
  const args = [require('path').join(__dirname, program)].concat(process.argv.slice(2))
  try {
    // Becomes the launcher (Node.js 22.15 and later), since it may be impossible to start a process.
    if (process.execve) process.execve('/bin/sh', ['/bin/sh'].concat(args), env)
  } catch (_error) {
    // Starts a child process instead.
  }
  startChild(args, env, program)
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} program
 */
function startChild(args, env, program) {
  const { spawn } = require('child_process')
  const { constants } = require('os')
  const child = spawn('/bin/sh', args, { stdio: 'inherit', env })
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT']) {
    process.on(signal, () => child.kill(/** @type {NodeJS.Signals} */ (signal)))
  }
  child.on('error', error => {
    require('fs').writeSync(2, `${program}: the job cannot be run: ${error.message}\n`)
    process.exit(126)
  })
  child.on('exit', (status, signal) => {
    process.exit(
      status === null ? 128 + (constants.signals[/** @type {NodeJS.Signals} */ (signal)] || 0) : status,
    )
  })
}

/**
 * The environment from before launch.sh, according to its notes (src/job/launch-notes.ts). Loses bytes that are not
 * valid UTF-8.
 */
function environmentBefore() {
  const env = Object.assign({}, process.env)
  const noted = (env._CRONITOR_LAUNCH || '').split('\n')[6] || ''
  for (const name of Object.keys(env)) {
    if (/^_CRONITOR_KEPT_/.test(name)) env[name.slice('_CRONITOR_KEPT_'.length)] = env[name]
    if (/^_CRONITOR_/.test(name)) delete env[name]
  }
  const changed = noted.replace(/^own \?/, '')
  for (const entry of Buffer.from(changed || '', 'base64')
    .toString()
    .split('\0')) {
    const at = entry.indexOf('=')
    if (at > 0 && !/^_CRONITOR_|^_cx_/.test(entry)) env[entry.slice(0, at)] = entry.slice(at + 1)
  }
  return env
}
