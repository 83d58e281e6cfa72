// Writes build/TARGET/cronitor, one file that contains the program and its runtime, and the link cronitor-exec beside it.
//
//   node scripts/build-executable.mjs [--target TARGET]
import { spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { bunFor } from './bun-runtime.mjs'
import { execaTrim } from './execa-trim.mjs'
import { runtimePairs } from './runtime-pairs.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const { values } = parseArgs({ options: { target: { type: 'string', default: 'linux-x64' } } })
const folder = join(root, 'build', values.target)
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })

// esbuild bundles, as for dist/, because its plugins replace parts of libraries.
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/commands/executable.ts'],
  bundle: true,
  platform: 'node',
  target: 'esnext',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  minifyWhitespace: true,
  minifySyntax: true,
  write: false,
  external: ['bun:*', 'libsql'],
  define: {
    __VERSION__: JSON.stringify(version),
    'import.meta.dirname': '__dirname',
    'import.meta.url': '__filename',
  },
  plugins: [runtimePairs, execaTrim],
})
const script = join(folder, 'cronitor.cjs')
await writeFile(script, outputFiles[0]?.contents ?? '')

const bun = await bunFor(values.target, join(root, 'build/runtimes'))
const flags = [
  '--compile',
  '--bytecode',
  '--no-compile-autoload-dotenv',
  '--no-compile-autoload-bunfig',
  '--minify-syntax',
  '--minify-whitespace',
  '--external=libsql',
]
const { status } = spawnSync(bun, ['build', ...flags, script, '--outfile', join(folder, 'cronitor')], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
if (status !== 0) throw new Error(`bun build ended with status ${status}`)
await rm(script)
await symlink('cronitor', join(folder, 'cronitor-exec'))
