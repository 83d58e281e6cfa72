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
  'test/system/correct-runtime.test.ts',
  'test/system/lock.test.ts',
  'test/system/pipe-ends.test.ts',
  'test/system/short-hash.test.ts',
]

/** See scripts/test-in-bun.mjs. Returns how many files have passed. */
function passedInBun(files: readonly string[]): number {
  const { PATH, HOME } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/test-in-bun.mjs', ...files], {
    cwd: paths.project,
    encoding: 'utf8',
    env: { PATH, HOME, NO_COLOR: '1' },
  })
  expect(status, stdout + stderr).toBe(0)
  return Number(/Test Files {2}(\d+) passed/.exec(stdout)?.[1])
}

test.skipIf(!isExecutable)(
  'the unit tests of the client pass in the runtime of the executable',
  { timeout: 180_000 },
  () => expect(passedInBun(FILES)).toBe(FILES.length),
)

test.skipIf(!isExecutable)(
  'the unit tests of the server pass in the runtime of the executable',
  { timeout: 600_000 },
  () => expect(passedInBun(['test/server/'])).toBeGreaterThan(80),
)
