// Keeps what V8 has compiled of a program in this run for the next: bin/cronitor-exec.js says where, and what is used of it.
'use strict'

const {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs')
const { isAbsolute, join } = require('node:path')

/**
 * `scripts` go to the first of `folders` that nobody else can write to; the first is the program's own.
 *
 * @param {{ file: string, script: import('node:vm').Script }[]} scripts
 * @param {string[]} folders
 * @param {(folder: string) => string | undefined} faultOf
 * @param {string | undefined} foundNode
 */
function saveCode(scripts, folders, faultOf, foundNode) {
  undoFlags()
  for (const { file, script } of scripts) {
    const code = script.createCachedData()
    folders.some(folder =>
      changeIn(folder, faultOf, () => {
        writeAtOnce(folder, file, Buffer.concat([code, code]))
        removeOlder(folder, file, folder === folders[0] ? 0 : SHARED_MS)
      }),
    )
  }
  if (foundNode === undefined) return
  folders.some(folder => changeIn(folder, faultOf, () => noteNode(folder, foundNode)))
}

/**
 * False where it is read-only, or not ours.
 *
 * @param {string} folder
 * @param {(folder: string) => string | undefined} faultOf
 * @param {() => void} change
 */
function changeIn(folder, faultOf, change) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    if (faultOf(folder) !== undefined) return false
    change()
    return true
  } catch {
    return false
  }
}

/** In a user's cache, where installations of several builds may keep their code: what has not been made anew for 30 days. */
const SHARED_MS = 30 * 86_400_000

/**
 * Removes code of the same script of other builds, which nothing will ask for.
 *
 * @param {string} folder
 * @param {string} file
 * @param {number} ageMs
 */
function removeOlder(folder, file, ageMs) {
  const [script, build] = file.split('-')
  for (const name of readdirSync(folder)) {
    const [itsScript, itsBuild] = name.split('-')
    if (itsScript !== script || itsBuild === build) continue
    const path = join(folder, name)
    // Another run may be at it.
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats !== undefined && Date.now() - stats.mtimeMs >= ageMs) rmSync(path, { force: true })
  }
}

/** V8 keeps with the code which flags were set, and compares. src/client/connections.ts has set these the other way. */
function undoFlags() {
  const { setFlagsFromString } = require('node:v8')
  for (const flag of ['--wasm-tier-up', '--wasm-dynamic-tiering']) setFlagsFromString(flag)
}

/**
 * For bin/launch.sh, which says what it does with each line: this Node.js, by the path that it was started with, has
 * started. Nothing is noted that the launcher has not found: a Node.js that was started in another way was started
 * without the launcher's flags, or by a program in between that makes it start.
 *
 * @param {string} folder
 * @param {string} foundNode
 */
function noteNode(folder, foundNode) {
  const path = process.argv0
  const [takes] = foundNode.split(' ', 1)
  if (foundNode !== `${takes} ${path}` || !isAbsolute(path) || path.includes('\n')) return
  // A program in between may have become Node.js.
  const files = new Set([realpathSync(path), process.execPath, ...loadedLibraries()])
  const note = [`${process.version} ${takes} ${path}`, ...files].join('\n')
  writeAtOnce(folder, 'nodes', `${[note, ...otherNotes(folder, path)].join('\n')}\n`)
}

/** In bytes: eight notes have far fewer. */
const MOST_NOTED = 65_536

/**
 * What others have noted, but at most eight: the launcher reads all that stand before its own.
 *
 * @param {string} folder
 * @param {string} path
 */
function otherNotes(folder, path) {
  try {
    const file = join(folder, 'nodes')
    const stats = statSync(file)
    // Something else may stand there: a FIFO would be waited for.
    if (!stats.isFile() || stats.size > MOST_NOTED) return []
    return readFileSync(file, 'utf8')
      .split(/\n(?!\/|$)/)
      .map(note => note.trimEnd())
      .filter(note => / (inspector|plain) \//.test(note) && !note.split('\n')[0].endsWith(` ${path}`))
      .slice(0, 7)
  } catch {
    return [] // The first.
  }
}

/** Linux alone. Those of the C library are left out: without them no shell starts either. */
function loadedLibraries() {
  try {
    const maps = readFileSync('/proc/self/maps', 'utf8')
    const files = maps.split('\n').flatMap(line => /\s(\/\S.*\.so\b.*)$/.exec(line)?.[1] ?? [])
    return [...new Set(files)].filter(file => !/\/(ld-|lib(c|m|dl|rt|pthread)[.-])/.test(file))
  } catch {
    return []
  }
}

/**
 * One that was left by a process of the same number, which was ended on its way, is in nobody's use.
 *
 * @param {string} folder
 * @param {string} name
 * @param {string | Buffer} content
 */
function writeAtOnce(folder, name, content) {
  const temporary = join(folder, `.${name}.${process.pid}`)
  rmSync(temporary, { force: true })
  writeFileSync(temporary, content, { mode: 0o644, flag: 'wx' })
  renameSync(temporary, join(folder, name))
}

module.exports = { saveCode }
