/** A temporary file without a name: its space is free again once the process has ended, however it ends. */

import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  read as readFs,
  rmdirSync,
  unlinkSync,
  writev as writevFs,
} from 'node:fs'
import { describeSystemError } from './describe-system-error.ts'

export interface UnlinkedFile {
  /** Appends all of `parts`. One call at a time. Rejects with the system's error; what was written of `parts` then counts as not written. */
  append(parts: readonly Buffer[]): Promise<void>
  /** Reads from `position` into `into`. Resolves with the number of bytes, 0 at the end. */
  read(position: number, into: Buffer): Promise<number>
  /** In bytes, without what `append` has failed to write. */
  length(): number
  /** Frees the space. */
  close(): void
}

/** Not /tmp at first: there, many systems keep files in memory (systemd's tmp.mount). */
function foldersFor({ TMPDIR }: NodeJS.ProcessEnv): readonly string[] {
  return [...(TMPDIR ? [TMPDIR] : []), '/var/tmp', '/tmp']
}

/** @throws an error that names the folder, if there is no folder for temporary files that can be written to */
export function openUnlinkedFile(folders = foldersFor(process.env)): UnlinkedFile {
  let failure: unknown
  for (const parent of folders) {
    try {
      return fileOf(openIn(parent))
    } catch (error) {
      failure ??= Object.assign(new Error(`${describeSystemError(error)} (${parent})`), { cause: error })
    }
  }
  throw failure
}

/** The folder's mode of 0700 keeps others away until the file has no name. */
function openIn(parent: string): number {
  const { O_RDWR, O_CREAT, O_EXCL } = constants
  const folder = mkdtempSync(`${parent}/cronitor-`)
  const path = `${folder}/output`
  try {
    const file = openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    unlinkSync(path)
    return file
  } finally {
    rmdirSync(folder)
  }
}

function fileOf(file: number): UnlinkedFile {
  let length = 0
  return {
    length: () => length,
    async append(parts) {
      let position = length
      let left = [...parts]
      while (left.length > 0) {
        let written = await writeOnce(file, left, position)
        position += written
        // The system may write only a part, for example if a signal comes (write(2)).
        left = left.flatMap(part => {
          const skipped = Math.min(written, part.length)
          written -= skipped
          return skipped === part.length ? [] : [part.subarray(skipped)]
        })
      }
      length = position
    },
    read: (position, into) =>
      new Promise((resolve, reject) => {
        readFs(file, into, 0, into.length, position, (error, count) =>
          error ? reject(error) : resolve(count),
        )
      }),
    close: () => closeSync(file),
  }
}

function writeOnce(file: number, parts: readonly Buffer[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writevFs(file, parts, position, (error, written) => (error ? reject(error) : resolve(written)))
  })
}
