#!/usr/bin/env node
// The entry of the job wrapper. It contains everything that each start needs, because each further file takes 0.2 ms to
// load; the rest is loaded on demand. An old Node.js must be able to parse it, so that the check of the version runs.
'use strict'

// --- Signals -----------------------------------------------------------------------------------------------------
// Signals that arrive before the job has started are collected, and passed on to it later. Without a handler TERM would end
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
const collect = signal => received.push(signal)
for (const signal of SIGNALS) process.on(signal, collect)

/** Returns the collected signals and stops collecting. Call it once other handlers are in place. */
const release = () => {
  for (const signal of SIGNALS) process.off(signal, collect)
  if (closeDebugger()) received.push('SIGUSR1')
  // On a busy machine, Node.js opens the port some time after the signal, in a thread. If it did, the signal is sent
  // again.
  for (const ms of LATER_MS)
    setTimeout(() => closeDebugger() && process.kill(process.pid, 'SIGUSR1'), ms).unref()
  return received
}

const LATER_MS = [5, 25, 100, 400, 1600]

/** True if a SIGUSR1 opened the debugger's port before the handlers above were set. Closes the port again. */
function closeDebugger() {
  // The launcher sets port 0, which stands for any port; an open port has its real number. To ask the inspector, it
  // would have to be loaded.
  return process.debugPort !== 0 && require('./close-debugger.js')()
}

// Warnings of Node.js are for programmers. (The launcher also sets --no-warnings.)
process.removeAllListeners('warning')

// --- Standard streams --------------------------------------------------------------------------------------------
// Other processes share the wrapper's stdin, stdout and stderr. Using `process.stdout` makes the descriptor non-blocking for
// all of them, and Node.js itself uses it: when a module imports `node:process` (which reads each property for the exports),
// at the end of each net.Socket (lib/net.js compares it with process.stderr) and in `node:assert` (for colours). So these
// properties are replaced; the wrapper writes its messages to the descriptors.

/** @type {[string, any][]} */
const streams = []
for (const name of ['stdin', 'stdout', 'stderr']) {
  streams.push([name, Object.getOwnPropertyDescriptor(process, name)])
  Object.defineProperty(process, name, { value: { isTTY: false }, configurable: true, enumerable: true })
}

/** Restores the streams for a command that runs no job, although `exec` is one of its arguments. */
const restoreStreams = () => {
  for (const [name, descriptor] of streams) Object.defineProperty(process, name, descriptor)
}

// --- The program -------------------------------------------------------------------------------------------------
// Loads a script of dist/ with V8's compiled code of it, and saves that code for the next run.
//
// V8 accepts compiled code of any other source of the same length (Node.js docs, vm.Script, cachedData). So the file's name
// has the source's hash, which the build writes into the first line, and the file is used only if nobody else could have
// written it: its folder and all folders above it must belong to the user or to root and be closed to others.
//
// V8 also accepts damaged code, and crashes before the job has started. So each file has the code twice, and both halves are
// compared: a checksum would take ten times as long in JavaScript, and the modules of Node.js for it are not loaded yet.

const { closeSync, fstatSync, lstatSync, openSync, readSync, realpathSync, statSync } = require('fs')
const { Script } = require('vm')

// Without node:path: its first join takes longer than all work on paths here.
const DIST = `${__dirname.slice(0, __dirname.lastIndexOf('/'))}/dist`
/** @type {{ file: string, contents: () => Buffer }[]} */
const unsaved = []
/** True if the launcher had no note about this Node.js, and therefore tried whether it starts. */
const isAsked = process.env._CRONITOR_ASKED !== undefined
/** What the launcher found out about this Node.js, for the next note: `inspector PATH` or `plain PATH`. */
const foundNode = process.env._CRONITOR_NODE
/** Modules of Node.js, by name. */
const builtins = new Map()
/** What is wrong with each folder, by path; undefined if nothing is. */
const faults = new Map()
/** @type {string | undefined} Why saved code was not used, in one line. */
let problem

/**
 * The exports of `dist/NAME.cjs`. Throws if it is missing or damaged.
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
  // V8 rejects code that was compiled with other flags. So there are two files: with the launcher's flags, and without.
  const file = `${name}-${hash}-${process.version}-${process.arch}-${process.execArgv.length}`
  const cachedData = readCode(file)
  const script = new Script(source, { filename: path, cachedData })
  if (cachedData === undefined || script.cachedDataRejected)
    unsaved.push({ file, contents: () => script.createCachedData() })
  const module = { exports: {} }
  /** @param {string} id */
  const requireHere = id => {
    if (id.startsWith('./')) return load(id.slice(2, -'.cjs'.length))
    // Bundled files require the same modules again, and the loader of Node.js would look them up each time.
    const known = builtins.get(id)
    if (known !== undefined) return known
    const exports = require(id)
    builtins.set(id, exports)
    return exports
  }
  script.runInThisContext()(module.exports, requireHere, module, path, DIST)
  return module.exports
}

/** One buffer for all files, one after the other: the first write to each page of memory takes time. */
let buffer = Buffer.allocUnsafeSlow(1048576)

/** @param {number} bytes */
function reserve(bytes) {
  if (buffer.length < bytes) buffer = Buffer.allocUnsafeSlow(bytes)
}

/**
 * The scripts are ASCII. Decoded as latin1, they take half the memory.
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

/** Folders for compiled code: in the installation if the user owns it; otherwise in the user's cache. */
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
 * The saved code; undefined if there is none, or if it cannot be trusted. Valid until the next file is read.
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
      // No code was saved yet.
    }
  }
  return undefined
}

const PIECE_BYTES = 65536

/**
 * The first half of the file; undefined if others may have written the file, or if its halves differ.
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

/** True if root runs another user's installation (nvm). That user's compiled code is then ignored without a warning. */
function isAnothersInstallation() {
  const { uid } = statSync(__dirname)
  return uid !== 0 && uid !== /** @type {() => number} */ (process.geteuid)()
}

/**
 * What is wrong with a folder or one above it; undefined if only the user and root can write to all of them.
 *
 * @param {string} folder
 */
function faultOf(folder) {
  if (!faults.has(folder)) faults.set(folder, findFault(folder))
  return faults.get(folder)
}

/** @param {string} folder */
function findFault(folder) {
  const euid = /** @type {() => number} */ (process.geteuid)()
  // Node.js has resolved the symbolic links in __dirname, and so in DIST.
  let path = folder.startsWith(DIST) && !lstatSync(folder).isSymbolicLink() ? folder : realpathSync(folder)
  for (let isEnd = true; ; isEnd = false) {
    const { uid, gid, mode } = statSync(path)
    if (uid !== 0 && uid !== euid && (isEnd || !require('./trusted-owner.js').isUnmapped(uid)))
      return `${path} belongs to another user (${uid})`
    // In a sticky folder others cannot replace the next folder of the path, which belongs to the user or root.
    if ((mode & 0o022) !== 0 && (isEnd || (mode & 0o1000) === 0)) {
      const isOthers = (mode & 0o002) !== 0 || !require('./trusted-owner.js').isPrivateGroup(gid, uid)
      if (isOthers) return `others can write to ${path}`
    }
    if (path === '/') return undefined
    path = path.slice(0, path.lastIndexOf('/')) || '/'
  }
}

/** Saves compiled code. Call it at the end of the run: V8 has then compiled all functions that a run needs. */
function saveCode() {
  if (unsaved.length === 0 && !isAsked) return
  const folders = places.map(place => place()).filter(folder => folder !== undefined)
  require('./save-code.js').saveCode(unsaved.splice(0), folders, findFault, foundNode)
}

/**
 * Runs the launcher again: to find another Node.js, or, if the installation is damaged, to run the job unmonitored.
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
  const launcher = {
    release,
    /** @param {string} name */
    readNote: name => readCode(name)?.toString(),
    /**
     * Notes are kept beside the compiled code, in the same form.
     *
     * @param {string} name
     * @param {string} text
     */
    keepNote: (name, text) => unsaved.push({ file: name, contents: () => Buffer.from(text) }),
    saveCode,
    codeProblem: () => problem,
    jobIsStarting: false,
  }
  program.runWrapper(process.argv.slice(2), launcher).catch((/** @type {any} */ error) => {
    if (launcher.jobIsStarting) throw error
    startByLauncher(error.code || error.message)
  })
}

// For `cronitor exec`, bin/cronitor.js loads this file and uses its first two parts only.
if (require.main === module) main()
else module.exports = { release, restoreStreams }
