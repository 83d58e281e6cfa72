/**
 * After the last test: removes the folders that a test file has left. Vitest calls no `afterAll` of a file whose tests are all
 * skipped.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Each of vitest's projects has this setup; they share the list. */
export default function removeAtEnd(): (() => void) | undefined {
  if (process.env.TEST_TEMP_LIST !== undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'cronitor-made-'))
  const list = join(folder, 'list')
  process.env.TEST_TEMP_LIST = list
  return () => {
    const made = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : []
    for (const each of [...made.filter(line => line !== ''), folder]) {
      rmSync(each, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    }
  }
}
