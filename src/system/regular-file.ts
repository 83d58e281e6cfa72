/** Reads a small regular file without waiting for a FIFO's writer or a device, and never reads an endless file. */

import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { describeReadError, errorCode } from './errors.ts'

export type FileProblem = {
  readonly ok: false
  /**
   * `hidden`: this user may not search a folder above it, so it is unknown whether the file exists. `unreadable`: it
   * exists, but this user may not read it.
   */
  readonly why: 'missing' | 'hidden' | 'unreadable' | 'unusable'
  /** What is wrong, such as `does not exist`. Follows the file's name in a message. */
  readonly problem: string
}

export type FileText = { readonly ok: true; readonly text: string } | FileProblem

/** Checks that `path` leads to a regular file, through symbolic links too. Does not open FIFOs and devices. */
export function findRegularFile(path: string): { readonly ok: true } | FileProblem {
  try {
    // An error costs more, and most runs look for files that do not exist.
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return { ok: false, why: 'missing', problem: 'does not exist' }
    return found.isFile() ? { ok: true } : unusable('is not a regular file')
  } catch (error) {
    const code = errorCode(error)
    const problem = describeReadError(error)
    // Some versions of Node.js throw for ENOTDIR.
    if (code === 'ENOENT' || code === 'ENOTDIR') return { ok: false, why: 'missing', problem }
    return code === 'EACCES' ? { ok: false, why: 'hidden', problem } : unusable(problem)
  }
}

/**
 * The file's text, decoded as UTF-8. Refuses a file of more than `maxBytes`, and anything that is not a regular file.
 */
export function readRegularFile(path: string, maxBytes: number): FileText {
  const found = findRegularFile(path)
  if (!found.ok) return found
  let fd: number | undefined
  try {
    // The file may have become a FIFO since the check. With O_NONBLOCK, opening it does not wait (open(2)).
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    if (!fstatSync(fd).isFile()) return unusable('is not a regular file')
    const bytes = Buffer.allocUnsafe(maxBytes + 1)
    let length = 0
    while (length <= maxBytes) {
      const count = readSync(fd, bytes, length, bytes.length - length, null)
      if (count === 0) break
      length += count
    }
    if (length > maxBytes) return unusable(`is larger than ${maxBytes} bytes`)
    return { ok: true, text: bytes.toString('utf8', 0, length) }
  } catch (error) {
    const problem = describeReadError(error)
    const code = errorCode(error)
    if (code === 'ENOENT') return { ok: false, why: 'missing', problem }
    return code === 'EACCES' || code === 'EPERM'
      ? { ok: false, why: 'unreadable', problem }
      : unusable(problem)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function unusable(problem: string): FileProblem {
  return { ok: false, why: 'unusable', problem }
}
