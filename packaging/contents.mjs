// What an installation on Linux or macOS contains: one list for the Debian package, the RPM package and the tar.gz archive.
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { hostTarget } from '../scripts/bun-runtime.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The folder of the executable, below the prefix (/usr or /usr/local). The launcher finds the executable beside itself. */
export const PROGRAM_FOLDER = 'lib/cronitor-exec'

/**
 * The command `cronitor`, below the prefix. It is not in the list: the official client may have a file there, which must stay.
 */
export const CRONITOR_LINK = { path: 'bin/cronitor', link: `../${PROGRAM_FOLDER}/cronitor` }

/**
 * `path` is below the prefix. What is there comes from a file, or is a text, or is a symbolic link to `link`.
 *
 * @typedef {'program' | 'manual' | 'completion' | 'document'} Part
 * @typedef {{ part: Part, path: string } & ({ mode: number, file: string } | { mode: number, text: string } | { link: string })} Content
 */

/**
 * The executable must have been built in build/TARGET. Manual pages are not compressed.
 *
 * @param {{ target: string, zshFolder?: string }} options `zshFolder` is where zsh looks for
 *   completions, below the prefix: Debian has another place for those of packages
 * @returns {Promise<Content[]>} sorted by path
 */
export async function contentsOf({ target, zshFolder = 'share/zsh/site-functions' }) {
  const built = join(root, 'build', target)
  const pages = (await readdir(join(root, 'man'))).filter(name => name.endsWith('.1'))
  const documents = 'share/doc/cronitor-exec'
  /** @type {Content[]} */
  const contents = [
    { part: 'program', path: `${PROGRAM_FOLDER}/cronitor`, mode: 0o755, file: join(built, 'cronitor') },
    {
      part: 'program',
      path: `${PROGRAM_FOLDER}/cronitor-exec`,
      mode: 0o755,
      file: join(built, 'cronitor-exec'),
    },
    { part: 'program', path: 'bin/cronitor-exec', link: `../${PROGRAM_FOLDER}/cronitor-exec` },
    ...pages.map(name => ({
      part: /** @type {const} */ ('manual'),
      path: `share/man/man1/${name}`,
      mode: 0o644,
      file: join(root, 'man', name),
    })),
    ...(await completions(zshFolder)),
    {
      part: 'document',
      path: `${documents}/CHANGELOG.md`,
      mode: 0o644,
      file: join(root, 'CHANGELOG.md'),
    },
    { part: 'document', path: `${documents}/LICENSE`, mode: 0o644, file: join(built, 'LICENSE') },
    {
      part: 'document',
      path: `${documents}/THIRD-PARTY-LICENSES.txt`,
      mode: 0o644,
      file: join(built, 'THIRD-PARTY-LICENSES.txt'),
    },
  ]
  return contents.sort((one, other) => (one.path < other.path ? -1 : 1))
}

/**
 * Each shell looks for a file with the command's name; zsh reads the commands from the file's first line.
 *
 * @param {string} zshFolder
 * @returns {Promise<Content[]>}
 */
async function completions(zshFolder) {
  const [bash, zsh, fish] = await Promise.all(['bash', 'zsh', 'fish'].map(completionOf))
  const bashFolder = 'share/bash-completion/completions'
  const fishFolder = 'share/fish/vendor_completions.d'
  const part = /** @type {const} */ ('completion')
  return [
    { part, path: `${bashFolder}/cronitor`, mode: 0o644, text: bash },
    { part, path: `${bashFolder}/cronitor-exec`, link: 'cronitor' },
    { part, path: `${zshFolder}/_cronitor`, mode: 0o644, text: zsh },
    { part, path: `${fishFolder}/cronitor.fish`, mode: 0o644, text: fish },
    { part, path: `${fishFolder}/cronitor-exec.fish`, link: 'cronitor.fish' },
  ]
}

/**
 * The text is the same for all targets, so the executable for this machine writes it.
 *
 * @param {string} shell
 */
async function completionOf(shell) {
  const program = join(root, 'build', hostTarget(), 'cronitor')
  const { stdout } = await promisify(execFile)(program, ['completions', shell], { env: {} })
  return stdout
}
