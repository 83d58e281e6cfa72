// Writes build/TARGET/cronitor, one file that contains the program and its runtime. Beside it: its launcher cronitor-exec and
// the licences. build/SHA256SUMS has the checksums of all targets that are there.
//
//   node scripts/build-executable.mjs [--target TARGET]… [--all] [--out FOLDER]
//
// Without a target, it builds the one for this machine. Two builds of the same source have the same bytes.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { BUN_VERSION, bunFor, hostTarget, TARGETS, targetNamed } from './bun-runtime.mjs'
import { execaTrim } from './execa-trim.mjs'
import { executableLauncher } from './executable-launcher.mjs'
import { laterModules } from './later-modules.mjs'
import { licencesOf } from './licences.mjs'
import { pageFiles } from './page-files.mjs'
import { purePg } from './pure-pg.mjs'
import { runtimeLicences } from './runtime-licences.mjs'
import { runtimePairs } from './runtime-pairs.mjs'
import { textFiles } from './text-files.mjs'
import { laterEntries, laterScripts } from './wrapper-scripts.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'build') },
  },
})
const out = resolve(values.out)
const named = values.all ? TARGETS : values.target.map(targetNamed)
const targets = named.length > 0 ? named : [hostTarget()]

const [page, style, icon] = (await pageFiles(root)).map(({ outputFiles: [file] }) => file.text)

// esbuild bundles, as for dist/, because its plugins replace parts of libraries.
/** @satisfies {import('esbuild').BuildOptions} */
const common = /** @type {const} */ ({
  absWorkingDir: root,
  outdir: 'build',
  bundle: true,
  platform: 'node',
  target: 'esnext',
  format: 'esm',
  // commander and cross-spawn are CommonJS, and require modules of Node.js.
  banner: { js: 'const require = import.meta.require;' },
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  minifyWhitespace: true,
  minifySyntax: true,
  write: false,
  external: ['bun:*'],
  loader: textFiles,
  define: {
    __VERSION__: JSON.stringify(version),
    // For these, Bun would put the folder of the build into the executable.
    __dirname: '"/"',
    __filename: '"/cronitor"',
    'import.meta.dirname': '"/"',
    'import.meta.url': '"file:///cronitor"',
  },
})
/** @type {import('esbuild').Plugin} */
const toCommands = {
  name: 'to-commands',
  setup({ onResolve }) {
    onResolve({ filter: /\/main\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './commands.js', external: true } : undefined,
    )
  },
}

const plugins = [laterModules, runtimePairs, execaTrim, purePg]
const bundles = await Promise.all([
  // The program: the start of a job is in one script, because each further one takes time.
  build({
    ...common,
    entryPoints: { cronitor: 'src/commands/executable.ts' },
    plugins: [toCommands, laterScripts('.js'), ...plugins],
  }),
  ...Object.values(laterEntries(root)).map(entry =>
    build({ ...common, ...entry, plugins: [laterModules, runtimePairs, laterScripts('.js')] }),
  ),
  // What a command loads when it runs becomes a script of its own.
  build({
    ...common,
    entryPoints: {
      commands: 'src/commands/main.ts',
      'store-worker': 'src/server/store/sqlite/thread/store-worker.ts',
    },
    splitting: true,
    define: { ...common.define, __PAGE__: JSON.stringify({ script: page, style, icon }) },
    plugins,
  }),
])
const outputFiles = bundles.flatMap(bundle => bundle.outputFiles)
const metafile = {
  inputs: {},
  outputs: Object.assign({}, ...bundles.map(({ metafile }) => metafile.outputs)),
}
const launcher = await executableLauncher(root)
const licences = `${await licencesOf(metafile, root)}${runtimeLicences(BUN_VERSION)}`

const runtimes = join(root, 'build/runtimes')
const bundler = await bunFor(hostTarget(), runtimes)
for (const target of targets) await writeExecutable(target, join(out, target))
await writeChecksums()

/**
 * @param {(typeof TARGETS)[number]} target
 * @param {string} folder
 */
async function writeExecutable(target, folder) {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const scripts = outputFiles.map(({ path, contents }) => ({ path: join(folder, basename(path)), contents }))
  for (const { path, contents } of scripts) await writeFile(path, contents)
  const executable = join(folder, 'cronitor')
  const flags = [
    '--compile',
    `--target=bun-${target}`,
    `--compile-executable-path=${await bunFor(target, runtimes)}`,
    '--bytecode',
    '--format=esm',
    '--splitting',
    // A function is compiled to machine code after 20 times as many calls as usual: most runs end before. commands/executable.ts
    // undoes it for a server.
    '--compile-jit-policy=20',
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--minify-syntax',
    '--minify-whitespace',
  ]
  // The first script is the program. The other one is in the file too, for worker-file.bun.ts. Both import the rest. From
  // another folder, Bun would put a hash of the path into the executable.
  const entries = ['./cronitor.js', './store-worker.js']
  const { status } = spawnSync(bundler, ['build', ...flags, ...entries, '--outfile', executable], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`bun build ended with status ${status}`)
  for (const { path } of scripts) await rm(path)
  if ((await readFile(executable)).includes(folder)) {
    throw new Error(`${executable} contains the path of its folder, so that another build would differ`)
  }
  await writeFile(join(folder, 'cronitor-exec'), launcher, { mode: 0o755 })
  await copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), licences)
}

/** In the form of `sha256sum`. */
async function writeChecksums() {
  const lines = []
  for (const target of (await readdir(out)).sort()) {
    for (const name of ['cronitor', 'cronitor-exec']) {
      const file = `${target}/${name}`
      const bytes = await readFile(join(out, file)).catch(() => undefined)
      if (bytes !== undefined) lines.push(`${createHash('sha256').update(bytes).digest('hex')}  ${file}\n`)
    }
  }
  await writeFile(join(out, 'SHA256SUMS'), lines.join(''))
}
