#!/usr/bin/env node
// Where the job wrapper begins. All that each start needs stands in this one file, since each more that is loaded costs
// 0.2 ms; what few of them need is loaded when they do. Up to the check of the version, every Node.js has to understand it.
'use strict'

// --- Signals -----------------------------------------------------------------------------------------------------
// Those that come before the job is there are kept, so that they reach it once it is. Without a handler TERM would end
// the wrapper before the job began, and SIGUSR1 would open the debugger's port (Node.js docs, "Signal events").

const SIGNALS = [
  'SIGTERM',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGTSTP',
  'SIGALRM',
]
/** @type {string[]} */
const received = []
/** @param {string} signal */
const keep = signal => received.push(signal)
for (const signal of SIGNALS) process.on(signal, keep)

/** Hands over what has come and stops keeping; to be called once other handlers are in place. */
const release = () => {
  for (const signal of SIGNALS) process.off(signal, keep)
  if (closeDebugger()) received.push('SIGUSR1')
  // A thread of Node.js's opens the port, on a busy machine some time after the signal. The signal is sent anew then.
  for (const ms of LATER_MS)
    setTimeout(() => closeDebugger() && process.kill(process.pid, 'SIGUSR1'), ms).unref()
  return received
}

const LATER_MS = [5, 25, 100, 400, 1600]

/** Was the debugger's port opened, by a SIGUSR1 that came before the handlers above? */
function closeDebugger() {
  // The launcher asks for any port; Node.js says here which one it took. To ask the inspector means to load it.
  return process.debugPort !== 0 && require('./close-debugger.js')()
}

// What Node.js would warn of is for those who write programs (the launcher says --no-warnings).
process.removeAllListeners('warning')

// --- Standard streams --------------------------------------------------------------------------------------------
// The wrapper's stdin, stdout and stderr are others' as well. Node.js makes such a descriptor non-blocking for all of
// them when `process.stdout` is used, and it does so unasked: where a module imports `node:process` (each property is
// read for the exports), at the end of each net.Socket (lib/net.js looks whether it is process.stderr) and for
// `node:assert` (its colours). Stand-ins take their places; what the wrapper has to say, it writes to the descriptors.

/** @type {[string, any][]} */
const streams = []
for (const name of ['stdin', 'stdout', 'stderr']) {
  streams.push([name, Object.getOwnPropertyDescriptor(process, name)])
  Object.defineProperty(process, name, { value: { isTTY: false }, configurable: true, enumerable: true })
}

/** For a command that runs no job after all: `exec` was a word of its arguments. */
const restoreStreams = () => {
  for (const [name, descriptor] of streams) Object.defineProperty(process, name, descriptor)
}

// --- The program -------------------------------------------------------------------------------------------------
// Loads a program of dist/ and keeps what V8 has compiled of it, so that the next run need not compile it again.
//
// V8 takes compiled code for another source of the same length without a word (Node.js docs, vm.Script, cachedData). So
// it is named by the source's hash, which the build writes into its first line, and is used only where nobody else
// could have put something else there: in a folder that, with all above it, is the user's or root's alone.
//
// V8 takes damaged code as well, and dies of it before the job has started. So each file has the code twice, which is
// compared: a sum of it would take ten times as long in JavaScript, and what Node.js has for one is not loaded by then.

const { closeSync, fstatSync, lstatSync, openSync, readSync, realpathSync, statSync } = require('fs')
const { Script } = require('vm')

// Nothing of node:path here: its first join takes longer than all that is done with paths.
const DIST = `${__dirname.slice(0, __dirname.lastIndexOf('/'))}/dist`
/** @type {{ file: string, script: import('vm').Script }[]} */
const loaded = []
/** Has the launcher asked for the version, and so found no note of it? */
const isAsked = process.env._CRONITOR_ASKED !== undefined
/** What the launcher knows of this Node.js: `inspector PATH` or `plain PATH`. */
const foundNode = process.env._CRONITOR_NODE
const builtins = new Map()
const faults = new Map()
/** @type {string | undefined} */
let problem

/**
 * The exports of `dist/NAME.cjs`. Throws where it is missing or damaged.
 *
 * @param {string} name
 * @returns {any}
 */
function load(name) {
  const path = `${DIST}/${name}.cjs`
  const source = readSource(path)
  const hash = source.slice(3, 19)
  if (!source.startsWith('/* ') || source.slice(19, 23) !== ' */ ' || !source.endsWith('})\n'))
    throw new Error(`dist/${name}.cjs is cut off`)
  // V8 refuses what was compiled with other flags of its own, so that there is a file for the launcher's, and one for none.
  const file = `${name}-${hash}-${process.version}-${process.arch}-${process.execArgv.length}`
  const cachedData = readCode(file)
  const script = new Script(source, { filename: path, cachedData })
  if (cachedData === undefined || script.cachedDataRejected) loaded.push({ file, script })
  const module = { exports: {} }
  /** @param {string} id */
  const requireHere = id => {
    if (id.startsWith('./')) return load(id.slice(2, -'.cjs'.length))
    // Asked for by each of the files that the script was made of; the loader of Node.js would look it up anew each time.
    const known = builtins.get(id)
    if (known !== undefined) return known
    const exports = require(id)
    builtins.set(id, exports)
    return exports
  }
  script.runInThisContext()(module.exports, requireHere, module, path, DIST)
  return module.exports
}

/** What all files are read into, one after the other: each page that is written to for the first time costs time. */
let buffer = Buffer.allocUnsafeSlow(1048576)

/** @param {number} bytes */
function reserve(bytes) {
  if (buffer.length < bytes) buffer = Buffer.allocUnsafeSlow(bytes)
}

/**
 * ASCII alone: as such it takes half of the memory, and its compiled code holds it as it is.
 *
 * @param {string} path
 */
function readSource(path) {
  const descriptor = openSync(path)
  try {
    const { size } = fstatSync(descriptor)
    reserve(size)
    return buffer.latin1Slice(0, readSync(descriptor, buffer, 0, size, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** Where compiled code is kept: with the program, where it is the user's own; else in the user's cache. */
const places = [
  () => `${DIST}/code`,
  () => {
    if (/** @type {() => number} */ (process.geteuid)() === 0) return '/var/cache/cronitor/code'
    const { XDG_CACHE_HOME: xdg, HOME: home } = process.env
    if (isAbsolute(xdg)) return `${xdg}/cronitor/code`
    return isAbsolute(home) ? `${home}/.cache/cronitor/code` : undefined
  },
]

function isAbsolute(path = '') {
  return path.startsWith('/')
}

/**
 * Good until the next file is read.
 *
 * @param {string} file
 */
function readCode(file) {
  for (const place of places) {
    const folder = place()
    if (folder === undefined) continue
    try {
      const code = readWhole(`${folder}/${file}`)
      const fault = faultOf(folder)
      if (fault !== undefined) {
        if (place !== places[0] || !isAnothersInstallation()) problem = `compiled code is not used: ${fault}`
      } else if (code !== undefined) return code
    } catch {
      // There is none yet.
    }
  }
  return undefined
}

const PIECE_BYTES = 65536

/**
 * Undefined where others may have written it, or where it does not stand there twice, as `saveCode` leaves it.
 *
 * @param {string} path
 */
function readWhole(path) {
  const descriptor = openSync(path)
  try {
    const { size, uid, mode } = fstatSync(descriptor)
    if ((uid !== 0 && uid !== /** @type {() => number} */ (process.geteuid)()) || (mode & 0o022) !== 0)
      return undefined
    const length = Math.floor(size / 2)
    reserve(length + PIECE_BYTES)
    if (readSync(descriptor, buffer, 0, length, 0) < length) return undefined
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const count = readSync(descriptor, buffer, length, PIECE_BYTES, length + at)
      const piece = buffer.subarray(length, length + count)
      if (!piece.equals(buffer.subarray(at, Math.min(at + PIECE_BYTES, length)))) return undefined
    }
    return buffer.subarray(0, length)
  } finally {
    closeSync(descriptor)
  }
}

/** Root may run what another user has installed (nvm). That user's compiled code is no use then, and no fault either. */
function isAnothersInstallation() {
  const { uid } = statSync(__dirname)
  return uid !== 0 && uid !== /** @type {() => number} */ (process.geteuid)()
}

/**
 * What is wrong with a folder or one above it; undefined where nobody but the user and root can write there.
 *
 * @param {string} folder
 */
function faultOf(folder) {
  if (!faults.has(folder)) faults.set(folder, lookForFault(folder))
  return faults.get(folder)
}

/** @param {string} folder */
function lookForFault(folder) {
  const euid = /** @type {() => number} */ (process.geteuid)()
  // Node.js gives the program's own folder without symbolic links in it.
  let path = folder.startsWith(DIST) && !lstatSync(folder).isSymbolicLink() ? folder : realpathSync(folder)
  for (let isEnd = true; ; isEnd = false) {
    const { uid, gid, mode } = statSync(path)
    if (uid !== 0 && uid !== euid && (isEnd || !require('./trusted-owner.js').isUnmapped(uid)))
      return `${path} belongs to another user (${uid})`
    // In a sticky folder others cannot replace what is the user's or root's, which the next step down is.
    if ((mode & 0o022) !== 0 && (isEnd || (mode & 0o1000) === 0)) {
      const isOthers = (mode & 0o002) !== 0 || !require('./trusted-owner.js').isPrivateGroup(gid, uid)
      if (isOthers) return `others can write to ${path}`
    }
    if (path === '/') return undefined
    path = path.slice(0, path.lastIndexOf('/')) || '/'
  }
}

/** Keeps what was compiled in this run, to be called at its end: by then all that is needed has been compiled. */
function saveCode() {
  if (loaded.length === 0 && !isAsked) return
  const folders = places.map(place => place()).filter(folder => folder !== undefined)
  require('./save-code.js').saveCode(loaded.splice(0), folders, lookForFault, foundNode)
}

/**
 * What stands in for the program: another Node.js, or none.
 *
 * @param {string} [broken]
 */
function startByLauncher(broken) {
  require('./old-node.js').startByLauncher('cronitor-exec', broken)
}

function main() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) return startByLauncher()
  let program
  try {
    program = load('exec')
  } catch (error) {
    return startByLauncher(error.code || error.message)
  }
  const launcher = { release, saveCode, codeProblem: () => problem, jobIsStarting: false }
  program.runWrapper(process.argv.slice(2), launcher).catch((/** @type {any} */ error) => {
    if (launcher.jobIsStarting) throw error
    startByLauncher(error.code || error.message)
  })
}

// bin/cronitor.js takes the first two parts of this for `cronitor exec`.
if (require.main === module) main()
else module.exports = { release, restoreStreams }
