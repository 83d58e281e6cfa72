// Keeps what V8 has compiled of a program in this run for the next: bin/cronitor-exec.js says where, and what is used of it.
'use strict'

const { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { isAbsolute, join } = require('node:path')

/** `scripts` go to the first of `folders` that nobody else can write to. */
function saveCode(scripts, folders, faultOf) {
  if (process.versions.node.startsWith('20.')) undoFlags()
  for (const { file, script } of scripts) {
    for (const folder of folders) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o755 })
        if (faultOf(folder) !== undefined) continue
        const code = script.createCachedData()
        writeAtOnce(folder, file, Buffer.concat([code, code]))
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
