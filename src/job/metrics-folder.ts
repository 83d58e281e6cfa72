/** The file that CRONITOR_METRICS names, to which a job appends its metrics. */

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rm,
  rmdir,
  rmSync,
} from 'node:fs'
import { describeReadError, errorCode } from '../system/errors.ts'

export interface MetricsFolder {
  /** Undefined if there is no room for it. */
  readonly file: string | undefined
  /** What the job has written. `none` from the second call on. */
  take(): WrittenMetrics
  /** Removes the folder in the background: on a busy disk that takes milliseconds. Resolves with true, also if it fails. */
  remove(): Promise<true>
  /** The same at once, for a process that can have no threads. */
  removeNow(): void
}

export type WrittenMetrics =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  /** Follows the variable's name in a message. */
  | { readonly kind: 'unusable'; readonly problem: string }

const NONE: WrittenMetrics = { kind: 'none' }

const MAX_BYTES = 1_048_576

/** Makes a private folder, but no file: most jobs write no metrics. */
export function makeMetricsFolder(parent = temporaryFolder(process.env)): MetricsFolder {
  let folder: string
  try {
    folder = mkdtempSync(`${parent}/cronitor-`)
  } catch {
    return { file: undefined, take: () => NONE, remove: () => Promise.resolve(true), removeNow() {} }
  }
  const file = `${folder}/metrics`
  let isTaken = false
  let removing: Promise<true> | undefined
  return {
    file,
    take() {
      if (isTaken) return NONE
      isTaken = true
      return readMetrics(file)
    },
    remove() {
      // Without node:fs's `rm`, which looks at each entry first: most folders are empty.
      removing ??= new Promise(resolve => {
        rmdir(folder, error => {
          if (errorCode(error) === 'ENOTEMPTY') rm(folder, REMOVE_ALL, () => resolve(true))
          else resolve(true)
        })
      })
      return removing
    },
    removeNow() {
      try {
        rmSync(folder, REMOVE_ALL)
      } catch {
        // It stays, as other temporary files whose owner was killed do.
      }
    },
  }
}

const REMOVE_ALL = { recursive: true, force: true } as const

/** Not `tmpdir` of node:os, which would be loaded for it before the job starts. */
function temporaryFolder({ TMPDIR }: NodeJS.ProcessEnv): string {
  return TMPDIR || '/tmp'
}

/** The job may have put anything in the file's place: a link, a FIFO, an endless file. */
function readMetrics(path: string): WrittenMetrics {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants
  // Costs less than the error of a failed call.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return NONE
  let file: number | undefined
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
    const found = fstatSync(file)
    if (!found.isFile()) return { kind: 'unusable', problem: 'is not a regular file' }
    const { size } = found
    if (size > MAX_BYTES) return { kind: 'unusable', problem: `is larger than ${MAX_BYTES} bytes` }
    const bytes = Buffer.allocUnsafe(size)
    let length = 0
    while (length < size) {
      const count = readSync(file, bytes, length, size - length, null)
      if (count === 0) break
      length += count
    }
    return { kind: 'text', text: bytes.toString('utf8', 0, length) }
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return NONE
    return { kind: 'unusable', problem: code === 'ELOOP' ? 'is a symbolic link' : describeReadError(error) }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
