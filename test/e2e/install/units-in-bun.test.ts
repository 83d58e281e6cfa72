/** Unit tests of what differs between Node.js and the executable's runtime, run by that runtime. */

import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { isExecutable, paths } from '../../support/run.ts'

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
  'the unit tests pass in the runtime of the executable (see scripts/test-in-bun.mjs)',
  { timeout: 120_000 },
  () => {
    const { PATH, HOME } = process.env
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/test-in-bun.mjs', ...FILES], {
      cwd: paths.project,
      encoding: 'utf8',
      env: { PATH, HOME, NO_COLOR: '1' },
    })
    expect(status, stdout + stderr).toBe(0)
    expect(stdout).toContain(`Test Files  ${FILES.length} passed`)
  },
)
