/** Reads a crontab file as bytes, without waiting for a FIFO or a device. */

import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { describeReadError, errorCode } from '../../system/errors.ts'

export type ReadFile =
  | {
      readonly ok: true
      /** One character stands for one byte. */
      readonly text: string
      readonly stats: Stats
    }
  | {
      readonly ok: false
      readonly isMissing: boolean
      /** Follows the path in a message: `does not exist`. */
      readonly problem: string
    }

/** Far more than a crontab has. */
const MAX_BYTES = 16 * 1024 * 1024

export function readCrontabFile(path: string): ReadFile {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) return { ok: false, isMissing: false, problem: 'is not a regular file' }
    if (stats.size > MAX_BYTES)
      return { ok: false, isMissing: false, problem: `is larger than ${MAX_BYTES} bytes` }
    return { ok: true, text: readFileSync(descriptor, 'latin1'), stats }
  } catch (error) {
    const isMissing = errorCode(error) === 'ENOENT'
    return { ok: false, isMissing, problem: describeReadError(error) }
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
