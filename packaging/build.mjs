// Writes the packages of each executable for Linux in build/ to build/packages/, with SHA256SUMS:
//
//   node packaging/build.mjs [--format deb|rpm|archive]… [--fast] [--out FOLDER]
//
// `--fast` compresses little, for tests. Two builds of the same commit have the same bytes.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildArchive } from './archive.mjs'
import { buildDeb } from './deb.mjs'
import { ARCHITECTURES, NAME } from './package-facts.mjs'
import { buildRpm } from './rpm.mjs'

const FORMATS = { deb: buildDeb, rpm: buildRpm, archive: buildArchive }

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    format: { type: 'string', multiple: true, default: Object.keys(FORMATS) },
    fast: { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'build/packages') },
  },
})
const out = resolve(values.out)
const targets = Object.keys(ARCHITECTURES).filter(target =>
  existsSync(join(root, 'build', target, 'cronitor')),
)
if (targets.length === 0)
  throw new Error('there is no executable for Linux: first run `npm run build:executable`')

await mkdir(out, { recursive: true })
for (const name of await readdir(out)) {
  if (name.startsWith(NAME)) await rm(join(out, name))
}
const files = []
for (const target of targets) {
  for (const [format, build] of Object.entries(FORMATS)) {
    if (values.format.includes(format)) files.push(await build({ target, out, isFast: values.fast }))
  }
}
await rm(join(out, 'stage'), { recursive: true, force: true })
const lines = []
for (const file of files.sort()) {
  lines.push(
    `${createHash('sha256')
      .update(await readFile(join(out, file)))
      .digest('hex')}  ${file}\n`,
  )
}
await writeFile(join(out, 'SHA256SUMS'), lines.join(''))
