/** Says why a test cannot mount a small disk. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Undefined if this user can mount a tmpfs in a mount namespace. The folder is removed here: vitest calls no `afterAll` of
 * a file whose tests are all skipped.
 */
export function whyNoMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'cronitor-mount-'))
  try {
    const script = 'mount -t tmpfs tmpfs "$0" && test -d "$0"'
    execFileSync('unshare', ['--mount', '/bin/sh', '-c', script, folder], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'no right to mount a tmpfs in a namespace of its own (unshare --mount)'
  } finally {
    rmdirSync(folder)
  }
}
