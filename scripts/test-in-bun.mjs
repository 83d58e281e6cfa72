// Runs unit tests on the runtime of the executable, with its files (see scripts/runtime-pairs.mjs), in the place of Node.js:
//
//   node scripts/test-in-bun.mjs [FILE OR FOLDER]…
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bunFor, hostTarget } from './bun-runtime.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const bun = await bunFor(hostTarget(), join(root, 'build/runtimes'))
// Without `--bun`, vitest would start its workers with Node.js. A process for each file would take half as long again.
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--no-isolate']
const argv = ['--bun', ...vitest, ...process.argv.slice(2)]
const { status } = spawnSync(bun, argv, { cwd: root, stdio: 'inherit' })
process.exitCode = status ?? 1
