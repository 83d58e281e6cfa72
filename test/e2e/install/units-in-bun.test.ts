/** Unit tests of what differs between Node.js and the executable's runtime, run by that runtime. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bunFor, hostTarget } from '../../../scripts/bun-runtime.mjs'
import { isExecutable, paths } from '../../support/run.ts'

/** Files that use nothing but `expect`, `describe`, `test` and the hooks: `bun test` takes imports of vitest for its own. */
const FILES = [
  'test/client/authorities.test.ts',
  'test/client/connection-problem.test.ts',
  'test/client/http.test.ts',
  'test/client/json-client.test.ts',
  'test/client/proxy.test.ts',
  'test/system/background-process.test.ts',
  'test/system/lock.test.ts',
]

test.skipIf(!isExecutable)(
  'the unit tests pass in the runtime of the executable',
  { timeout: 120_000 },
  async () => {
    const bun = await bunFor(hostTarget(), join(paths.project, 'build/runtimes'))
    const preload = './test/support/runtime-pairs-in-bun.ts'
    const { status, stderr } = spawnSync(
      bun,
      ['test', '--preload', preload, ...FILES.map(file => `./${file}`)],
      {
        cwd: paths.project,
        encoding: 'utf8',
      },
    )
    expect(status, stderr).toBe(0)
    expect(stderr).toContain(`across ${FILES.length} files`)
  },
)
