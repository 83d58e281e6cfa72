/** Writes to the spool, and asks how much room there is. */

import { statfs } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { displayPath, makeFolder, type Spool } from '../../../spool/spool.ts'
import { describeSystemError } from '../../../system/describe-system-error.ts'
import { unlink } from '../../../system/file-calls.ts'
import { limited } from '../../../system/hung-file-system.ts'
import { uniqueWord } from '../../../system/process-id.ts'
import { writeWhole } from '../../../system/write-file.ts'

export type SpoolRoom =
  | {
      readonly kind: 'writable'
      readonly folder: string
      /** Undefined if the system does not say. */
      readonly freeBytes: number | undefined
      readonly freeFiles: number | undefined
    }
  | { readonly kind: 'off' }
  | { readonly kind: 'unusable'; readonly problem: string }

const statfsOf = limited(promisify(statfs) as (path: string) => Promise<FileSystemRoom>)

interface FileSystemRoom {
  readonly bsize: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
}

/** As large as an event with a message. */
const TRIAL = 'x'.repeat(4096)

/** Does not resolve while the file system hangs. */
export async function spoolRoom(spool: Spool): Promise<SpoolRoom> {
  const folder = displayPath(spool)
  try {
    const queue = await makeFolder(spool, 'queue')
    const trial = join(queue, `doctor-${uniqueWord()}`)
    await writeWhole(trial, TRIAL)
    await unlink(trial)
  } catch (error) {
    return { kind: 'unusable', problem: `${folder} cannot be written to: ${describeSystemError(error)}` }
  }
  try {
    const { bsize, bavail, files, ffree } = await statfsOf(spool.folder)
    // Some file systems have no limit for the number of files (btrfs says 0).
    return { kind: 'writable', folder, freeBytes: bsize * bavail, freeFiles: files === 0 ? undefined : ffree }
  } catch {
    return { kind: 'writable', folder, freeBytes: undefined, freeFiles: undefined }
  }
}
