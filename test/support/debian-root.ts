/** Minimal Debian systems without Node.js, in folders. */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isRoot } from './other-user.ts'
import { run } from './run.ts'
import { tempDir } from './temp.ts'
import { until } from './until.ts'

/** Debian 12 and 13. Only the latter has systemd. */
export const SUITES = ['bookworm', 'trixie'] as const
export type Suite = (typeof SUITES)[number]

const PACKAGES: Readonly<Record<Suite, string>> = { bookworm: 'cron', trixie: 'cron,systemd,systemd-sysv' }

/** How long debootstrap and its downloads may take, in milliseconds. */
export const DEBOOTSTRAP_MS = 300_000

/** Why there can be none; undefined if there can. */
export function whyNoDebian(): string | undefined {
  if (!isRoot) return 'debootstrap needs root'
  return spawnSync('debootstrap', ['--version']).status === 0 ? undefined : 'there is no debootstrap'
}

/**
 * Makes a system that only this test file changes: a copy of one that debootstrap makes once for all test files.
 * TEST_DEBIAN_ROOTS names a folder in which those are kept.
 */
export async function debianRoot(suite: Suite): Promise<string> {
  const kept = process.env.TEST_DEBIAN_ROOTS ?? dirname(process.env.TEST_TEMP_LIST ?? tempDir('debian'))
  const original = join(kept, `debian-${suite}`)
  if (!existsSync(original)) await makeOnce(suite, original)
  const copy = join(tempDir(suite), 'root')
  execFileSync('cp', ['-a', original, copy])
  return copy
}

async function makeOnce(suite: Suite, path: string): Promise<void> {
  const making = `${path}.making`
  try {
    mkdirSync(making, { mode: 0o755 })
  } catch {
    // Another test file is about it.
    await until(`${path} is made`, () => existsSync(path) || !existsSync(making), DEBOOTSTRAP_MS)
    if (!existsSync(path)) throw new Error('debootstrap failed in another test file')
    return
  }
  const argv = ['debootstrap', '--variant=minbase', `--include=${PACKAGES[suite]}`, suite, making]
  const { status, stdout } = await run(argv, { timeoutMs: DEBOOTSTRAP_MS, env: { ...process.env } })
  if (status !== 0) {
    rmSync(making, { recursive: true, force: true })
    throw new Error(`debootstrap ended with status ${status}: ${String(stdout).slice(-2000)}`)
  }
  renameSync(making, path)
}

/** Enters the system in `$1` with its own /proc, and leaves no mount behind. */
const ENTER = 'mount -t proc proc "$1/proc" && root=$1 && shift && exec /usr/sbin/chroot "$root" "$@"'

/** What a command line begins with so that it runs in the system, as root. */
export function insideRoot(root: string): readonly string[] {
  return ['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', ENTER, 'sh', root]
}
