// Writes the npm package, build/npm/cronitor-exec-VERSION.tgz.
//
//   npm run build:npm [-- FOLDER]
//
// Its package.json lacks what is for a clone alone. `npm pack` keeps `scripts`, and npm warns of `prepare` wherever the package
// is installed. The files are those that `npm pack` chooses, by "files" in package.json.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isFresh } from './dist-folder.mjs'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))

const FOR_A_CLONE = ['scripts', 'devDependencies', 'overrides', 'allowScripts']

/**
 * package.json as it is published.
 *
 * @param {Record<string, unknown>} manifest
 */
export function publishedManifest(manifest) {
  return Object.fromEntries(Object.entries(manifest).filter(([name]) => !FOR_A_CLONE.includes(name)))
}

/**
 * Packs the folder `from` into a file of the folder `into`, and returns its path.
 *
 * @param {string} from
 * @param {string} into
 */
async function pack(from, into) {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', into]
  const { stdout } = await run('npm', args, { cwd: from })
  // npm 11 prints a list, npm 12 an object.
  const [{ filename }] = Object.values(JSON.parse(stdout))
  return join(into, filename)
}

/** @param {string} into */
async function buildPackage(into) {
  if (!(await isFresh(root))) await run(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root })
  const folder = await mkdtemp(join(tmpdir(), 'cronitor-npm-'))
  try {
    await run('tar', ['-xzf', await pack(root, folder), '-C', folder])
    const file = join(folder, 'package/package.json')
    const manifest = publishedManifest(JSON.parse(await readFile(file, 'utf8')))
    await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`)
    await mkdir(into, { recursive: true })
    return await pack(join(folder, 'package'), into)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = await buildPackage(resolve(process.argv[2] ?? join(root, 'build/npm')))
  process.stdout.write(`${file}\n`)
}
