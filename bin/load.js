// Loads a program of dist/ and keeps what V8 has compiled of it, so that the next run need not compile it again.
//
// V8 takes compiled code for another source of the same length without a word (Node.js docs, vm.Script, cachedData). So
// it is named by the source's hash, which the build writes into its first line, and is used only where nobody else
// could have put something else there: in a folder that, with all above it, is the user's or root's alone.
//
// V8 takes damaged code as well, and dies of it before the job has started. So each file has the code twice, which is
// compared: a sum of it would take ten times as long in JavaScript, and what Node.js has for one is not loaded by then.
'use strict'

const {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} = require('node:fs')
const { dirname, isAbsolute, join } = require('node:path')
const { Script } = require('node:vm')

const DIST = join(dirname(__dirname), 'dist')
const loaded = []
let problem

/** The exports of `dist/NAME.cjs`. Throws where it is missing or damaged. */
function load(name) {
  const path = join(DIST, `${name}.cjs`)
  // ASCII alone: as such it takes half of the memory, and its compiled code holds it as it is.
  const source = readFileSync(path, 'latin1')
  const [, hash] = /^\/\* ([0-9a-f]{16}) \*\//.exec(source) ?? []
  if (hash === undefined || !source.endsWith('})\n')) throw new Error(`dist/${name}.cjs is cut off`)
  // V8 refuses what was compiled with other flags of its own, so that each set of them has its file.
  const flags = process.execArgv.filter(flag => /^--(v8|max|min|no|jit|stack|single|wasm)/.test(flag)).length
  const file = `${name}-${hash}-${process.version}-${process.arch}-${flags}`
  const cachedData = readCode(file)
  const script = new Script(source, { filename: path, cachedData })
  if (cachedData === undefined || script.cachedDataRejected) loaded.push({ file, script })
  const module = { exports: {} }
  const requireHere = id => (id.startsWith('./') ? load(id.slice(2, -'.cjs'.length)) : require(id))
  script.runInThisContext()(module.exports, requireHere, module, path, DIST)
  return module.exports
}

/** Where compiled code is kept: with the program, where it is the user's own; else in the user's cache. */
function folders() {
  const euid = process.geteuid()
  const places = [join(DIST, 'code')]
  if (euid === 0) places.push('/var/cache/cronitor/code')
  else {
    const { XDG_CACHE_HOME: xdg, HOME: home } = process.env
    if (xdg && isAbsolute(xdg)) places.push(join(xdg, 'cronitor/code'))
    else if (home && isAbsolute(home)) places.push(join(home, '.cache/cronitor/code'))
  }
  return places
}

function readCode(file) {
  for (const folder of folders()) {
    try {
      const code = readWhole(join(folder, file))
      const fault = faultOf(folder)
      if (fault !== undefined) problem = `compiled code is not used: ${fault}`
      else if (code !== undefined) return code
    } catch {
      // There is none yet.
    }
  }
  return undefined
}

/** Undefined where others may have written it, or where it does not stand there twice, as `saveCode` leaves it. */
function readWhole(path) {
  const descriptor = openSync(path)
  try {
    const { size, uid, mode } = fstatSync(descriptor)
    if ((uid !== 0 && uid !== process.geteuid()) || (mode & 0o022) !== 0) return undefined
    const code = Buffer.allocUnsafeSlow(Math.floor(size / 2))
    if (readSync(descriptor, code, 0, code.length, 0) < code.length) return undefined
    const piece = Buffer.allocUnsafeSlow(65_536)
    for (let at = 0; at < code.length; at += piece.length) {
      const count = readSync(descriptor, piece, 0, piece.length, code.length + at)
      if (!piece.subarray(0, count).equals(code.subarray(at, at + piece.length))) return undefined
    }
    return code
  } finally {
    closeSync(descriptor)
  }
}

/** What is wrong with a folder or one above it; undefined where nobody but the user and root can write there. */
function faultOf(folder) {
  const euid = process.geteuid()
  // Node.js gives the program's own folder without symbolic links in it.
  let path = folder.startsWith(DIST) && !lstatSync(folder).isSymbolicLink() ? folder : realpathSync(folder)
  for (let isEnd = true; ; isEnd = false) {
    const { uid, mode } = statSync(path)
    if (uid !== 0 && uid !== euid) return `${path} belongs to another user (${uid})`
    // In a sticky folder others cannot replace what is the user's or root's, which the next step down is.
    if ((mode & 0o022) !== 0 && (isEnd || (mode & 0o1000) === 0)) return `others can write to ${path}`
    if (path === '/') return undefined
    path = dirname(path)
  }
}

/** Keeps what was compiled in this run, to be called at its end: by then all that is needed has been compiled. */
function saveCode() {
  if (loaded.length === 0) return
  if (process.versions.node.startsWith('20.')) undoFlags()
  for (const { file, script } of loaded.splice(0)) {
    for (const folder of folders()) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o755 })
        if (faultOf(folder) !== undefined) continue
        const temporary = join(folder, `.${file}.${process.pid}`)
        const code = script.createCachedData()
        writeFileSync(temporary, Buffer.concat([code, code]), { mode: 0o644, flag: 'wx' })
        renameSync(temporary, join(folder, file))
        noteVersion(folder)
        break
      } catch {
        // Read-only, or not ours: the next place, or none.
      }
    }
  }
}

/**
 * V8 keeps with the code which flags were set, and compares. src/telemetry/connections.ts has set --liftoff-only, which
 * takes the others with it.
 */
function undoFlags() {
  const { setFlagsFromString } = require('node:v8')
  for (const flag of ['--no-liftoff-only', '--wasm-tier-up', '--wasm-dynamic-tiering'])
    setFlagsFromString(flag)
}

/** For bin/launch.sh, by the path that it starts Node.js with. */
function noteVersion(folder) {
  const notes = join(folder, 'nodes')
  const path = process.argv0
  if (!isAbsolute(path) || path.includes('\n')) return
  let others = []
  try {
    others = readFileSync(notes, 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.endsWith(` ${path}`))
  } catch {
    // The first.
  }
  const temporary = `${notes}.${process.pid}`
  writeFileSync(temporary, `${[...others, `${process.version} ${path}`].join('\n')}\n`, {
    mode: 0o644,
    flag: 'wx',
  })
  renameSync(temporary, notes)
}

module.exports = { load, saveCode, codeProblem: () => problem }
