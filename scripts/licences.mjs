// Collects the licences of the packages that are in the bundle, which their licences ask for.
import { readdir, readFile } from 'node:fs/promises'

/** The text for dist/THIRD-PARTY-LICENSES.txt; throws for a package without a licence, which must not be shipped. */
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
  return `The following packages are part of the files in this folder.\n${parts.sort().join('')}`
}

async function licenceOf(folder) {
  const { name, version, license, author } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))
  const file = (await readdir(folder)).find(entry => /^licen[cs]e([.-]|$)/i.test(entry))
  const text = file === undefined ? textOf(license, author) : await readFile(`${folder}/${file}`, 'utf8')
  if (!text || !license) throw new Error(`${name} ${version} comes without a licence`)
  return `\n${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${text.trim()}\n`
}

/** Of a package that names its licence and its author, and leaves it at that. */
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
