/** Reads the file that an API key stands in. */

import { readRegularFile } from './regular-file.ts'
import { parseApiKey } from './values.ts'

type Wrong = { readonly ok: false; readonly problem: string }

/** A key is some dozens of bytes; this leaves room for comments below it. */
const MOST_BYTES = 64 * 1024

/** The file's first line, trimmed. The problem does not name the file: now and then somebody puts the key itself there. */
export function firstLine(path: string): { readonly ok: true; readonly line: string } | Wrong {
  const file = readRegularFile(path, MOST_BYTES)
  if (!file.ok) return { ok: false, problem: `the file ${file.problem}` }
  const line = file.text.split(/[\r\n]/, 1)[0]?.trim() ?? ''
  return line === ''
    ? { ok: false, problem: "the file's first line is empty, expected a key" }
    : { ok: true, line }
}

/** The key in the first line of a file. What is wrong is said without the file's name and without its content. */
export function readKeyFile(path: string): { readonly ok: true; readonly key: string } | Wrong {
  const line = firstLine(path)
  return line.ok ? parseApiKey(line.line) : line
}
