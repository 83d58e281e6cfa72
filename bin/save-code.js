// Saves V8's compiled code for the next run. bin/cronitor-exec.js reads it, and explains the form of the files.
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
 * Writes compiled code and notes to the first of `folders` that only this user and root can write to; the first is in dist/.
 *
 * @param {{ file: string, contents: () => Buffer }[]} files
 * @param {string[]} folders
 * @param {(folder: string) => string | undefined} faultOf
 * @param {string | undefined} foundNode
 */
function saveCode(files, folders, faultOf, foundNode) {
  for (const { file, contents } of files) {
    const code = contents()
    folders.some(folder =>
      changeIn(folder, faultOf, () => {
        writeWhole(folder, file, Buffer.concat([code, code]))
        removeOlder(folder, file, folder === folders[0] ? 0 : SHARED_MS)
      }),
    )
  }
  if (foundNode === undefined) return
  folders.some(folder => changeIn(folder, faultOf, () => noteNode(folder, foundNode)))
}

/**
 * False if the folder is read-only, or if others can write to it.
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

/** How long unused code is kept in the user's cache, which can have the code of several installations. */
const SHARED_MS = 30 * 86_400_000

/**
 * Removes the code of the same script from other builds, if it is at least `ageMs` old.
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
    // Another process may remove it at the same time.
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats !== undefined && Date.now() - stats.mtimeMs >= ageMs) rmSync(path, { force: true })
  }
}

/**
 * Writes the note for bin/launch.sh that this Node.js starts; launch.sh describes the format. Only notes the path that
 * the launcher has found: otherwise Node.js may have had other flags, or may have been started by another program.
 *
 * @param {string} folder
 * @param {string} foundNode
 */
function noteNode(folder, foundNode) {
  const path = process.argv0
  const [takes] = foundNode.split(' ', 1)
  if (foundNode !== `${takes} ${path}` || !isAbsolute(path) || path.includes('\n')) return
  // The path may be a program that runs Node.js by exec.
  const files = new Set([realpathSync(path), process.execPath, ...loadedLibraries()])
  const note = [`${process.version} ${takes} ${path}`, ...files].join('\n')
  writeWhole(folder, 'nodes', `${[note, ...otherNotes(folder, path)].join('\n')}\n`)
}

/** In bytes; eight notes are far smaller. */
const MAX_NOTES_BYTES = 65_536

/**
 * The notes about other paths, at most seven, because the launcher reads all notes before the one that it needs.
 *
 * @param {string} folder
 * @param {string} path
 */
function otherNotes(folder, path) {
  try {
    const file = join(folder, 'nodes')
    const stats = statSync(file)
    // Reading a FIFO would block.
    if (!stats.isFile() || stats.size > MAX_NOTES_BYTES) return []
    return readFileSync(file, 'utf8')
      .split(/\n(?!\/|$)/)
      .map(note => note.trimEnd())
      .filter(note => / (inspector|plain) \//.test(note) && !note.split('\n')[0].endsWith(` ${path}`))
      .slice(0, 7)
  } catch {
    return [] // There are no notes yet.
  }
}

/** Linux only. Omits the C library: without it, no shell starts either. */
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
 * A temporary file that already has this name comes from a killed process with the same number. It is removed.
 *
 * @param {string} folder
 * @param {string} name
 * @param {string | Buffer} content
 */
function writeWhole(folder, name, content) {
  const temporary = join(folder, `.${name}.${process.pid}`)
  rmSync(temporary, { force: true })
  writeFileSync(temporary, content, { mode: 0o644, flag: 'wx' })
  renameSync(temporary, join(folder, name))
}

module.exports = { saveCode }
