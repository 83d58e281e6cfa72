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
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))
  const file = (await readdir(folder)).find(entry => /^licen[cs]e(\.|$)/i.test(entry))
  if (file === undefined || !license) throw new Error(`${name} ${version} comes without a licence`)
  const text = await readFile(`${folder}/${file}`, 'utf8')
  return `\n${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${text.trim()}\n`
}
