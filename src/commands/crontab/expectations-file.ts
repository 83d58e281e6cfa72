/** Reads and writes the file of `--expectations`. */

import { closeSync, fsyncSync, linkSync, openSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errorCode } from '../../system/errors.ts'
import { uniqueWord } from '../../system/process-id.ts'
import { readCrontabFile } from './read-crontab-file.ts'
import { describeWriteError, replaceFile, syncFolderNow } from './replace-file.ts'

export type ExpectationsText =
  | {
      readonly ok: true
      readonly text: string
      readonly exists: boolean
    }
  /** A sentence. */
  | { readonly ok: false; readonly problem: string }

/** A file that is missing is empty. */
export function readExpectations(path: string): ExpectationsText {
  const read = readCrontabFile(path)
  if (read.ok) return { ok: true, text: Buffer.from(read.text, 'latin1').toString('utf8'), exists: true }
  if (read.isMissing) return { ok: true, text: '', exists: false }
  return { ok: false, problem: `${path} ${read.problem}` }
}

/** Undefined if it is written; else a sentence. */
export function writeExpectations(
  path: string,
  before: { readonly text: string; readonly exists: boolean },
  after: string,
): string | undefined {
  if (!before.exists) return createFile(path, after)
  const bytes = (text: string) => Buffer.from(text).toString('latin1')
  const result = replaceFile(path, { before: bytes(before.text), after: bytes(after), backup: 'none' })
  return result.kind === 'failed' ? `${path} ${result.problem}` : undefined
}

/** A file that another process has created meanwhile is not replaced: link(2) then fails. */
function createFile(path: string, text: string): string | undefined {
  const temporary = join(dirname(path), `.${basename(path)}.${uniqueWord()}~`)
  try {
    const descriptor = openSync(temporary, 'wx', 0o644)
    try {
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
      linkSync(temporary, path)
    } finally {
      closeSync(descriptor)
      unlinkSync(temporary)
    }
    syncFolderNow(dirname(path))
    return undefined
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return `${path} has changed meanwhile, and was not written: try again`
    return `${path} cannot be written: ${describeWriteError(error)}`
  }
}
