/** Reads a small regular file without ever waiting: not for a FIFO's writer, not for a device, not for an endless file. */

import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { describeReadError, errorCode } from './errors.ts'

export type FileProblem = {
  readonly ok: false
  /**
   * `hidden`: a folder above it may not be searched, so nobody can tell whether it is there. `unreadable`: it is there, and
   * this user may not read it.
   */
  readonly why: 'missing' | 'hidden' | 'unreadable' | 'unusable'
  /** What is wrong, to stand behind the file's name: `does not exist`. */
  readonly problem: string
}

export type FileText = { readonly ok: true; readonly text: string } | FileProblem

/** Whether a regular file is at `path`, symbolic links followed. Unlike opening, this leaves FIFOs and devices alone. */
export function findRegularFile(path: string): { readonly ok: true } | FileProblem {
  try {
    return statSync(path).isFile() ? { ok: true } : unusable('is not a regular file')
  } catch (error) {
    const code = errorCode(error)
    const problem = describeReadError(error)
    // Not `throwIfNoEntry: false`: Node.js releases differ on ENOTDIR there.
    if (code === 'ENOENT' || code === 'ENOTDIR') return { ok: false, why: 'missing', problem }
    return code === 'EACCES' ? { ok: false, why: 'hidden', problem } : unusable(problem)
  }
}

/** The file's text as UTF-8. A file of more than `maxBytes` is refused, and so is all that is no regular file. */
export function readRegularFile(path: string, maxBytes: number): FileText {
  const found = findRegularFile(path)
  if (!found.ok) return found
  let fd: number | undefined
  try {
    // The file may have become a FIFO since it was looked at; with O_NONBLOCK its opening returns at once (open(2)).
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
