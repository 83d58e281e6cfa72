/** Reads an API key from a file. */

import { type FileText, findRegularFile, readRegularFile } from '../system/regular-file.ts'
import { checkTrusted } from '../system/trusted-path.ts'
import { parseApiKey } from './values.ts'

type Wrong = {
  readonly ok: false
  /** Names the file; contains nothing of its content. */
  readonly problem: string
}
/** `path` is the file's name for messages; undefined for a key that is not in a file. */
type Line = { readonly ok: true; readonly line: string; readonly path?: string } | Wrong

/** A key has a few dozen bytes; this leaves room for comments below it. */
export const MAX_KEY_FILE_BYTES = 64 * 1024

/**
 * The file's first line that is not empty, trimmed. The file is used only if nobody except the user and root can write to it or
 * replace it.
 *
 * @param given the setting that `path` was resolved from. Without a `/`, it may be the key itself by mistake, so it is not shown.
 */
export function firstLine(path: string, euid: number, given = path): Line {
  const found = findRegularFile(path)
  if (!found.ok) return firstLineOf(found, path, given)
  const trust = checkTrusted(path, { euid })
  if (!trust.ok) return { ok: false, problem: hideName(withRemedy(trust.problem), path, given) }
  return firstLineOf(readRegularFile(path, MAX_KEY_FILE_BYTES), path, given)
}

export function firstLineOf(file: FileText, path: string, given = path): Line {
  const fail = (problem: string): Wrong => ({ ok: false, problem: hideName(problem, path, given) })
  if (!file.ok) return fail(`${path} ${file.problem}`)
  const line =
    file.text
      .trim()
      .split(/[\r\n]/, 1)[0]
      ?.trim() ?? ''
  return line === ''
    ? fail(`${path} is empty, expected a key`)
    : { ok: true, line, path: hideName(path, path, given) }
}

export function readKeyFile(path: string, euid: number): { readonly ok: true; readonly key: string } | Wrong {
  const line = firstLine(path, euid)
  if (!line.ok) return line
  const parsed = parseApiKey(line.line)
  return parsed.ok ? parsed : { ok: false, problem: `${path}: ${parsed.problem}` }
}

/** Adds how to fix the permissions of a path that others could change. */
export function withRemedy(problem: string): string {
  const [, writable] = /^(.*) is writable by (?:everyone|its group)$/s.exec(problem) ?? []
  if (writable !== undefined) return `${problem}; chmod go-w ${writable}`
  const [, foreign] = /^(.*) belongs to another user \(\d+\)$/s.exec(problem) ?? []
  return foreign === undefined ? problem : `${problem}; chown root ${foreign}, or use a copy that you own`
}

function hideName(problem: string, path: string, given: string): string {
  if (given.includes('/')) return problem
  // A checked path starts with the working directory.
  return problem.replaceAll(path, 'the file').replace(/\S*the file/, 'the file')
}
