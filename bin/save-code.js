// Keeps what V8 has compiled of a program in this run for the next: bin/cronitor-exec.js says where, and what is used of it.
'use strict'

const {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs')
const { isAbsolute, join } = require('node:path')

/** `scripts` go to the first of `folders` that nobody else can write to; the first is the program's own. */
function saveCode(scripts, folders, faultOf, isAsked) {
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
  if (scripts.length > 0 || isAsked) changeIn(folders[0], faultOf, () => noteVersion(folders[0]))
}

/** False where it is read-only, or not ours. */
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

/** Removes code of the same script of other builds, which nothing will ask for. */
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

/** V8 keeps with the code which flags were set, and compares. src/telemetry/connections.ts has set these the other way. */
function undoFlags() {
  const { setFlagsFromString } = require('node:v8')
  for (const flag of ['--wasm-tier-up', '--wasm-dynamic-tiering']) setFlagsFromString(flag)
}

/** For bin/launch.sh, by the path that it starts Node.js with. */
function noteVersion(folder) {
  const path = process.argv0
  if (!isAbsolute(path) || path.includes('\n')) return
  let others = []
  try {
    others = readFileSync(join(folder, 'nodes'), 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.endsWith(` ${path}`))
  } catch {
    // The first.
  }
  writeAtOnce(folder, 'nodes', `${[...others, `${process.version} ${path}`].join('\n')}\n`)
}

/** One that was left by a process of the same number, which was ended on its way, is in nobody's use. */
function writeAtOnce(folder, name, content) {
  const temporary = join(folder, `.${name}.${process.pid}`)
  rmSync(temporary, { force: true })
  writeFileSync(temporary, content, { mode: 0o644, flag: 'wx' })
  renameSync(temporary, join(folder, name))
}

module.exports = { saveCode }
