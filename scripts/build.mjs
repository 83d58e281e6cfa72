// Bundles src/ into dist/, so that a run loads two files instead of two hundred.
//
//   node scripts/build.mjs [--keep-last]
//
// With --keep-last the files of the last build stay, for programs that run meanwhile and may load them later.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { writeDist } from './dist-folder.mjs'
import { execaTrim } from './execa-trim.mjs'
import { laterModules } from './later-modules.mjs'
import { librarySource, libraryTypes } from './library.mjs'
import { licencesOf } from './licences.mjs'
import { pageFiles } from './page-files.mjs'
import { purePg } from './pure-pg.mjs'
import { textFiles } from './text-files.mjs'
import { laterEntries, laterScripts } from './wrapper-scripts.mjs'

const startedAt = Date.now()
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
const root = fileURLToPath(new URL('..', import.meta.url))

const define = { __VERSION__: JSON.stringify(version) }
/** @satisfies {import('esbuild').BuildOptions} */
const common = /** @type {const} */ ({
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  write: false,
  loader: textFiles,
})

// The wrapper's scripts are CommonJS, whose loader costs less. bin/cronitor-exec.js loads them and saves V8's compiled code of
// them. Each is a function expression after a comment with the hash of its content.
/**
 * @param {import('esbuild').BuildOptions} entry
 * @param {import('esbuild').Plugin[]} plugins
 */
const script = async (entry, plugins) => {
  const result = await build({
    ...common,
    ...entry,
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    // Makes `import()` a require(), which bin/cronitor-exec.js provides.
    supported: { 'dynamic-import': false },
    // Less to read and to keep in memory. Names stay: with shorter ones the start was slower.
    minifyWhitespace: true,
    minifySyntax: true,
    define: { ...define, 'import.meta.dirname': '__dirname' },
    plugins,
  })
  const [file] = /** @type {import('esbuild').OutputFile[]} */ (result.outputFiles)
  const text = `(function (exports, require, module, __filename, __dirname) {\n${file.text}\n})\n`
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
  return { ...result, outputFiles: [{ path: file.path, contents: `/* ${hash} */ ${text}` }] }
}

// All other commands, in pieces that are loaded on demand.
/** @type {(name: string, entry: string, plugins: import('esbuild').Plugin[]) => Promise<any>} */
const modules = (name, entry, plugins) =>
  build({
    ...common,
    entryPoints: { [name]: entry },
    outdir: 'dist',
    splitting: true,
    format: 'esm',
    chunkNames: `${name}-[hash]`,
    define,
    // It has binaries in a package for each platform, and is loaded only for a store.
    external: ['libsql'],
    // commander and cross-spawn are CommonJS, and require modules of Node.js.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    plugins,
  })

const later = laterScripts('.cjs')
const entries = laterEntries(root)
const types = libraryTypes(root)
const bundles = await Promise.all([
  script({ entryPoints: { exec: 'src/commands/exec/main.ts' } }, [laterModules, execaTrim, later]),
  script(entries.options, [laterModules, later]),
  script(entries.monitor, [laterModules]),
  script(entries.control, [laterModules, later]),
  script(entries.print, [laterModules]),
  script(entries.host, []),
  script(entries.regex, []),
  modules('cronitor', 'src/commands/main.ts', [execaTrim, purePg]),
  // What programs import from the package.
  build({
    ...common,
    stdin: librarySource(root),
    entryNames: 'library',
    outdir: 'dist',
    format: 'esm',
    define,
  }),
  // The thread that holds the server's database.
  modules('store-worker', 'src/server/store/sqlite/thread/store-worker.ts', []),
  ...(await pageFiles(root)),
])
const outputs = Object.assign({}, ...bundles.map(({ metafile }) => metafile.outputs))

const files = [
  ...bundles.flatMap(({ outputFiles }) => outputFiles),
  await types,
  { path: 'THIRD-PARTY-LICENSES.txt', contents: await licencesOf({ outputs }, root) },
].map(({ path, contents }) => ({ name: basename(path), contents }))

const inputs = [
  ...bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs)),
  ...(await readdir(new URL('.', import.meta.url))).map(name => `scripts/${name}`),
  // Files of types alone are in no bundle.
  ...(await readdir(`${root}/src/library`)).map(name => `src/library/${name}`),
  ...[
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.library.json',
    'node_modules/esbuild/package.json',
  ],
]

const keepsLast = process.argv.includes('--keep-last')
await writeDist(root, { files, inputs: [...new Set(inputs)], startedAt, keepsLast })
