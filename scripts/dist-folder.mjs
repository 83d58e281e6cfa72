// Writes dist/, and knows whether it is what the sources give. For that, dist/built-from.json has a hash of each file that
// the build has read and of each that it has written: times of files say nothing after a checkout or a copy.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

/** @typedef {{ name: string, contents: string | Uint8Array }} File */

const STAMP = 'built-from.json'

/**
 * True if neither a source nor a file of dist/ has changed since the last build.
 *
 * @param {string} root
 */
export async function isFresh(root) {
  const stamp = await readStamp(root)
  if (typeof stamp?.inputs !== 'object' || typeof stamp.outputs !== 'object') return false
  const [inputs, outputs] = await Promise.all([
    hashesOf(root, Object.keys(stamp.inputs)),
    hashesOf(join(root, 'dist'), Object.keys(stamp.outputs)),
  ])
  return isDeepStrictEqual({ inputs, outputs }, stamp)
}

/**
 * Writes `files` (name and contents) and removes all others; with `keepsLast`, those of the last build stay.
 * `inputs` are the paths of the files that were read since `startedAt` (Date.now()), relative to `root`; names of no
 * file are ignored.
 *
 * @param {string} root
 * @param {{ files: File[], inputs: string[], startedAt: number, keepsLast: boolean }} build
 */
export async function writeDist(root, { files, inputs, startedAt, keepsLast }) {
  const dist = join(root, 'dist')
  const names = files.map(({ name }) => name)
  const outputs = Object.fromEntries(files.map(({ name, contents }) => [name, hashOf(contents)]))
  const earlier = keepsLast ? Object.keys((await readStamp(root))?.outputs ?? {}) : []
  const stamp = JSON.stringify({ inputs: await hashesOf(root, inputs, startedAt), outputs })
  await mkdir(dist, { recursive: true })
  // The stamp comes last: if the build is cut off, dist/ counts as stale.
  for (const { name, contents } of [...files, { name: STAMP, contents: stamp }]) {
    // Renamed, so that nobody reads half a file. Two builds may run at once, so each has names of its own.
    const temporary = join(dist, `${name}.${process.pid}${TEMPORARY}`)
    await writeFile(temporary, contents)
    await rename(temporary, join(dist, name))
  }
  const wanted = new Set([...names, ...earlier, STAMP, ...(keepsLast ? ['code'] : [])])
  for (const name of await readdir(dist)) {
    if (!wanted.has(name) && !isOfRunningBuild(name))
      await rm(join(dist, name), { recursive: true, force: true })
  }
}

const TEMPORARY = '.new'

/** @param {string} name */
function isOfRunningBuild(name) {
  const [, pid] = /\.(\d+)\.new$/.exec(name) ?? []
  if (pid === undefined) return false
  try {
    return process.kill(Number(pid), 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/**
 * Undefined if there is none, or none that can be read.
 *
 * @param {string} root
 */
async function readStamp(root) {
  try {
    return JSON.parse(await readFile(join(root, 'dist', STAMP), 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * By path; null for a file that cannot be read, or that has changed since `before`: a build may have read it earlier.
 *
 * @param {string} folder
 * @param {string[]} paths
 */
async function hashesOf(folder, paths, before = Number.POSITIVE_INFINITY) {
  const entries = paths.map(async path => {
    try {
      const contents = await readFile(join(folder, path))
      const { mtimeMs } = await stat(join(folder, path))
      return [path, mtimeMs < before ? hashOf(contents) : null]
    } catch {
      return [path, null]
    }
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** @param {string | Uint8Array} contents */
function hashOf(contents) {
  return createHash('sha256').update(contents).digest('hex')
}
