// Builds the executable for this machine and those packages that can be built here, and runs the end-to-end tests on it:
//
//   node scripts/test-executable.mjs [--without FILE]… [FILE OR FOLDER]…
//
// --without install/docs leaves out that file of test/e2e/.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { hostTarget } from './bun-runtime.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
/** @param {string[]} argv */
const runNode = argv => spawnSync(process.execPath, argv, { cwd: root, stdio: 'inherit' }).status ?? 1

const build = runNode([join(root, 'scripts/build-executable.mjs')])
if (build !== 0) process.exit(build)
// The tests install these packages. Some of those tests run later, as root.
const formats = Object.entries({ deb: 'dpkg-deb', rpm: 'rpmbuild' }).filter(
  ([, program]) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined,
)
if (formats.length > 0) {
  const options = formats.flatMap(([format]) => ['--format', format])
  const packages = runNode([join(root, 'packaging/build.mjs'), '--fast', ...options])
  if (packages !== 0) process.exit(packages)
}
process.env.TEST_EXECUTABLE = `build/${hostTarget()}`
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { values, positionals: chosen } = parseArgs({
  options: { without: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
})
// They start bin/ or scripts/, never the executable, or are about what servers share, which server/postgres/ tries too.
const others = ['server/demo', 'install/build', 'install/install', 'server/several-servers']
const left = [...values.without, ...(chosen.length > 0 ? [] : others)]
const options = left.map(name => `--exclude=test/e2e/${name}.test.ts`)
process.exitCode = runNode([vitest, 'run', '--project', 'e2e', ...options, ...chosen])
