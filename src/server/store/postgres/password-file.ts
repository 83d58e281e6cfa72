/** Finds a password in a file as libpq reads it (~/.pgpass): lines `host:port:database:user:password`. */

import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { errorCode } from '../../../system/errors.ts'
import { readRegularFile } from '../../../system/regular-file.ts'

export interface PasswordFor {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
}

export type FoundPassword =
  | { readonly ok: true; readonly password: string | undefined }
  /** One line that names the file. It contains nothing of its content. */
  | { readonly ok: false; readonly problem: string }

const MAX_BYTES = 64 * 1024

/** `file`: default ~/.pgpass, which may be missing. A file that others may read is not used, as by libpq. */
export function findPassword(
  wanted: PasswordFor,
  file: string | undefined,
  home: string = homedir(),
): FoundPassword {
  const path = file ?? `${home}/.pgpass`
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      return { ok: false, problem: `${path} can be read by others, and is not used: chmod 600 ${path}` }
    }
  } catch (error) {
    if (file === undefined || errorCode(error) === 'ENOENT') return { ok: true, password: undefined }
    return { ok: false, problem: `${path} cannot be read` }
  }
  const read = readRegularFile(path, MAX_BYTES)
  if (!read.ok) return { ok: false, problem: `${path} ${read.problem}` }
  // libpq calls the host of a Unix socket localhost.
  const host = wanted.host.startsWith('/') ? 'localhost' : wanted.host
  const fields = [host, String(wanted.port), wanted.database, wanted.user]
  for (const line of read.text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    const found = fieldsOf(line)
    const password = found[4]
    if (password === undefined) continue
    if (fields.every((field, index) => found[index] === '*' || found[index] === field)) {
      return { ok: true, password }
    }
  }
  return { ok: true, password: undefined }
}

/** A backslash takes the next character as it is. */
function fieldsOf(line: string): string[] {
  const fields = ['']
  for (const [part] of line.matchAll(/\\?./gsu)) {
    if (part === ':' && fields.length < 5) fields.push('')
    else fields[fields.length - 1] += part.startsWith('\\') && part.length > 1 ? part.slice(1) : part
  }
  return fields
}
