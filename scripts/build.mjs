// Bundles src/ to dist/, so that a run loads two or three files and not two hundred.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { build } from 'esbuild'
import { execaTrim } from './execa-trim.mjs'
import { licencesOf } from './licences.mjs'

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
const root = new URL('..', import.meta.url).pathname

// Two bundles that share nothing: the wrapper's start is paid for with each run of each job, and each file that it
// shares with the other commands would be one more to load.
const bundle = (name, entry) =>
  build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    chunkNames: `${name}-[hash]`,
    define: { __VERSION__: JSON.stringify(version) },
    // commander, undici and cross-spawn are CommonJS; what they require is Node.js's own.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [execaTrim],
    metafile: true,
    write: false,
  })
const bundles = await Promise.all([
  bundle('exec', 'src/cli/exec-main.ts'),
  bundle('cronitor', 'src/cli/main.ts'),
])
const outputs = Object.assign({}, ...bundles.map(({ metafile }) => metafile.outputs))

const files = [
  ...bundles.flatMap(({ outputFiles }) => outputFiles),
  { path: `${root}dist/THIRD-PARTY-LICENSES.txt`, contents: await licencesOf({ outputs }, root) },
]

// Each file at once, the old ones last: a wrapper that starts meanwhile finds a whole program.
await mkdir(`${root}dist`, { recursive: true })
for (const { path, contents } of files) {
  await writeFile(`${path}.new`, contents)
  await rename(`${path}.new`, path)
}
const current = new Set(files.map(({ path }) => basename(path)))
for (const name of await readdir(`${root}dist`)) {
  if (!current.has(name)) await rm(`${root}dist/${name}`)
}
