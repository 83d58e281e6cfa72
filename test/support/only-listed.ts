/**
 * TEST_ONLY names a file with places such as `test/system/lock.test.ts:77`; all other tests are skipped. Unlike vitest's own
 * filter by line, it does not run tests that skip themselves.
 */

import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { beforeEach } from 'vitest'

const list = process.env.TEST_ONLY
if (list) {
  const places = new Set(readFileSync(list, 'utf8').split('\n'))
  beforeEach(({ task, skip }) => {
    skip(
      !places.has(`${relative(process.cwd(), task.file.filepath)}:${task.location?.line}`),
      'not in TEST_ONLY',
    )
  })
}
