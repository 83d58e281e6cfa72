/** A settings file of the system for a program under test: another /etc, if the tests run as root on Linux. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempDir } from './temp.ts'

/** Runs a command with `folder` laid over /etc, in a new mount namespace: no other process sees it. */
export function withSystemFile(folder: string, argv: readonly string[]): string[] {
  const mount = 'mount -t overlay overlay -o "lowerdir=$0:/etc" /etc && exec "$@"'
  return ['unshare', '--mount', '/bin/sh', '-c', mount, folder, ...argv]
}

/** For `withSystemFile`: with the file cronitor/cronitor.json. */
export function systemFolder(content: string): string {
  const folder = tempDir('etc')
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'cronitor'), { mode: 0o755 })
  writeFileSync(join(folder, 'cronitor/cronitor.json'), content, { mode: 0o644 })
  return folder
}

/** Why tests that need the system's settings file are skipped; undefined if they are not. */
export function whyNoSystemFile(): string | undefined {
  const folder = systemFolder('{}')
  try {
    const [file = '', ...args] = withSystemFile(folder, ['test', '-f', '/etc/cronitor/cronitor.json'])
    execFileSync(file, args, { stdio: 'ignore' })
    return undefined
  } catch {
    return 'no right to mount an overlay in a namespace of its own (unshare --mount)'
  }
}
