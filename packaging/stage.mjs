// Writes the files of a package for Linux into a folder, which then has the form of the root folder of a host.
import { chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { contentsOf } from './contents.mjs'

export const packagingFolder = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '')

const UNITS = ['cronitor-flush.service', 'cronitor-flush.timer', 'cronitor-serve.service']

/**
 * Folders that the package makes. Only root may look into the spool: its events contain the output of jobs.
 *
 * @type {readonly (readonly [path: string, mode: number])[]}
 */
export const FOLDERS = [
  ['etc/cronitor', 0o755],
  ['var/spool/cronitor', 0o700],
]

/**
 * Removes what was in the folder before.
 *
 * @param {string} folder
 * @param {{ target: string, zshFolder: string }} options as for `contentsOf`
 * @returns {Promise<string[]>} the paths of files and links, without the folder, sorted
 */
export async function stage(folder, options) {
  await rm(folder, { recursive: true, force: true })
  const contents = await contentsOf(options)
  const paths = []
  for (const content of contents) {
    // LICENSE and THIRD-PARTY-LICENSES.txt become the file `copyright`.
    if (content.part === 'document' && content.path.includes('LICENSE')) continue
    const isCompressed = content.part === 'manual' || content.path.endsWith('.md')
    const path = `usr/${content.path}${isCompressed ? '.gz' : ''}`
    paths.push(path)
    if ('link' in content) {
      await makeFolder(folder, dirname(path))
      await symlink(content.link, join(folder, path))
      continue
    }
    if (isCompressed)
      await write(folder, path, compressed('text' in content ? content.text : await readFile(content.file)))
    else if ('text' in content) await write(folder, path, content.text)
    else {
      await makeFolder(folder, dirname(path))
      await copyFile(content.file, join(folder, path))
    }
    await chmod(join(folder, path), content.mode)
  }
  const built = join(packagingFolder, '../build', options.target)
  const others = [
    ...UNITS.map(name => [`usr/lib/systemd/system/${name}`, join(packagingFolder, 'systemd', name)]),
    ['usr/lib/tmpfiles.d/cronitor-exec.conf', join(packagingFolder, 'tmpfiles.conf')],
  ]
  for (const [path, file] of others) await write(folder, path, await readFile(file))
  await write(folder, 'usr/share/doc/cronitor-exec/copyright', await copyright(built))
  for (const [path, mode] of FOLDERS) {
    await makeFolder(folder, path)
    await chmod(join(folder, path), mode)
  }
  return [...paths, ...others.map(([path]) => path), 'usr/share/doc/cronitor-exec/copyright'].sort()
}

/**
 * As `gzip -n9`: without a name and a time.
 *
 * @param {string | Buffer} bytes
 */
export function compressed(bytes) {
  return gzipSync(bytes, { level: 9 })
}

/**
 * With mode 0644.
 *
 * @param {string} folder
 * @param {string} path
 * @param {string | Buffer} bytes
 */
export async function write(folder, path, bytes) {
  await makeFolder(folder, dirname(path))
  await writeFile(join(folder, path), bytes)
  await chmod(join(folder, path), 0o644)
}

/**
 * With mode 0755, whatever the umask is.
 *
 * @param {string} folder
 * @param {string} path
 */
async function makeFolder(folder, path) {
  await mkdir(join(folder, path), { recursive: true })
  for (let each = path; each !== '.'; each = dirname(each)) await chmod(join(folder, each), 0o755)
  await chmod(folder, 0o755)
}

/**
 * Its own licence, and those of what it contains.
 *
 * @param {string} built
 */
async function copyright(built) {
  const own = await readFile(join(built, 'LICENSE'), 'utf8')
  const others = await readFile(join(built, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
  const place = 'packages are part of /usr/lib/cronitor-exec/cronitor.'
  return `cronitor-exec has this licence:\n\n${own}\n${others}`
    .replace('packages are part of the files in this folder.', place)
    .replaceAll('\r', '')
}

/**
 * A maintainer script, with the shell functions that both kinds of packages share in the place of `# <FILE>`.
 *
 * @param {string} path in packaging/
 */
export async function scriptWithFunctions(path) {
  const text = await readFile(join(packagingFolder, path), 'utf8')
  const names = [...text.matchAll(/^# <(.+)>$/gm)].map(([, name]) => name)
  const files = await Promise.all(names.map(name => readFile(join(packagingFolder, name), 'utf8')))
  return names.reduce((script, name, index) => script.replace(`# <${name}>\n`, () => files[index]), text)
}
