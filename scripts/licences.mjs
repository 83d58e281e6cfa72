// Collects the licences of the packages that are in the bundle, which their licences ask for.
import { readdir, readFile } from 'node:fs/promises'

/**
 * The text for dist/THIRD-PARTY-LICENSES.txt; throws for a package without a licence, which must not be shipped.
 *
 * @param {{ outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> }} metafile
 * @param {string} root
 */
export async function licencesOf(metafile, root) {
  const folders = new Set()
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      // The innermost package: node_modules/a/node_modules/@b/c/… is @b/c.
      const folder = /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder)
    }
  }
  const parts = await Promise.all([...folders].map(folder => licenceOf(`${root}${folder}`)))
  // A package that is there twice in the same version is told once.
  return `The following packages are part of the files in this folder.\n${[...new Set(parts)].sort().join('')}`
}

/**
 * With the texts of all its licences (of `MIT OR EUPL-1.1+`, both) and its notices, which Apache-2.0, 4(d) asks for.
 *
 * @param {string} folder
 */
async function licenceOf(folder) {
  const { name, version, license, licenses, author } = JSON.parse(
    await readFile(`${folder}/package.json`, 'utf8'),
  )
  const terms = termsOf(license ?? licenses)
  const files = await textFiles(folder, /^SEE LICEN[CS]E IN (.+)$/i.exec(terms)?.[1])
  const texts = await Promise.all(
    files.map(
      async file =>
        /** @type {[string, string]} */ ([file, (await readFile(`${folder}/${file}`, 'utf8')).trim()]),
    ),
  )
  /** @param {[string, string]} file */
  const isLicence = ([file, text]) => text !== '' && !NOTICE.test(file)
  const own = texts.some(isLicence) ? undefined : textOf(terms, author)
  if (!terms || !(own || texts.some(isLicence))) throw new Error(`${name} ${version} comes without a licence`)
  const shown = [...(own ? [['LICENSE', own]] : []), ...texts.filter(([, text]) => text !== '')]
  const text =
    shown.length === 1 ? shown[0][1] : shown.map(([file, text]) => `${file}:\n\n${text}`).join('\n\n')
  return `\n${'-'.repeat(80)}\n${name} ${version} (${terms})\n\n${text}\n`
}

const NOTICE = /^(notice|copyright|authors|patents|third-?party)/i

/**
 * Licences first. `named` is the file that package.json names.
 *
 * @param {string} folder
 * @param {string | undefined} named
 */
async function textFiles(folder, named) {
  const entries = await readdir(folder, { withFileTypes: true })
  const inFolders = await Promise.all(
    entries
      .filter(entry => entry.isDirectory() && /^licen[cs]es?$/i.test(entry.name))
      .map(async ({ name }) => (await readdir(`${folder}/${name}`)).map(file => `${name}/${file}`)),
  )
  const files = entries.filter(entry => !entry.isDirectory()).map(({ name }) => name)
  const licences = files.filter(file => /^(mit-|un)?(licen[cs]es?|copying)([._-]|$)/i.test(file))
  const notices = files.filter(file => NOTICE.test(file) && !/\.[cm]?[jt]s$/.test(file))
  return [
    ...new Set([
      ...(named ? [named] : []),
      ...licences.sort(),
      ...inFolders.flat().sort(),
      ...notices.sort(),
    ]),
  ]
}

/**
 * A text, or as of old an object with `type`, or a list of those.
 *
 * @param {any} license
 * @returns {string}
 */
function termsOf(license) {
  if (Array.isArray(license)) return license.map(termsOf).join(' OR ')
  return (typeof license === 'object' ? license?.type : license) ?? ''
}

/**
 * Of a package that names its licence and its author, and leaves it at that.
 *
 * @param {string} license
 * @param {any} author
 */
function textOf(license, author) {
  const holder = typeof author === 'string' ? author : author?.name
  if (license !== 'MIT' || !holder) return undefined
  return `Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`
}
