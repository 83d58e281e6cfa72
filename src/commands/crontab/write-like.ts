/** Creates a file with the owner, the mode and the label of another one. */

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  futimesSync,
  openSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { errorCode } from '../../system/errors.ts'

/** A file that exists, and what fstat(2) says of it. */
export interface Model {
  readonly path: string
  readonly stats: Pick<Stats, 'uid' | 'gid' | 'mode' | 'mtimeMs'>
}

/** @throws the system's error; then it leaves nothing behind. It is an error if the file exists. */
export function writeLike(path: string, bytes: Buffer, model: Model): void {
  writeNewFile(path, bytes, descriptor => {
    copyLabel(model.path, path)
    const { uid, gid, mode, mtimeMs } = model.stats
    keepOwner(descriptor, uid, gid)
    fchmodSync(descriptor, mode & 0o7777)
    // cron reads a file again if its time in seconds differs, and copyLabel has copied the time.
    const seconds = Math.max(Math.floor(Date.now() / 1000), Math.floor(mtimeMs / 1000) + 1)
    futimesSync(descriptor, seconds, seconds)
  })
}

/** The owner of a file can only give it to a group that has this owner as a member (chown(2)). */
function keepOwner(descriptor: number, uid: number, gid: number): void {
  try {
    fchownSync(descriptor, uid, gid)
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error
    throw Object.assign(new Error('no owner'), { code: NO_OWNER })
  }
}

/** The same for a file that only this user may read. */
export function writePrivate(path: string, bytes: Buffer): void {
  writeNewFile(path, bytes, descriptor => fchmodSync(descriptor, 0o600))
}

function writeNewFile(path: string, bytes: Buffer, finish: (descriptor: number) => void): void {
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(descriptor, bytes)
    finish(descriptor)
    fsyncSync(descriptor)
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/** The kernel's files of SELinux are there if it is on (selinux(8)). */
const SELINUX = '/sys/fs/selinux/enforce'

/** cp copies what Node.js cannot: SELinux's label, and access control lists. A cp without these options is no GNU cp. */
function copyLabel(from: string, to: string): void {
  const { status } = spawnSync('cp', ['--attributes-only', '--preserve=all', '--', from, to], {
    stdio: 'ignore',
  })
  if (status !== 0 && existsSync(SELINUX)) {
    throw Object.assign(new Error('no label'), { code: NO_LABEL })
  }
}

/** The error code if the label of SELinux could not be copied: cron might not read the file. */
export const NO_LABEL = 'ENOLABEL'

/** The error code if this user may not give a file to its owner or group. */
export const NO_OWNER = 'ENOOWNER'
