/** Reads a settings file: a JSON object with the names of environment variables, as the official client writes it. */

import { isObject } from '../system/json-object.ts'
import { type FileProblem, findRegularFile, readRegularFile } from '../system/regular-file.ts'
import { checkTrusted } from '../system/trusted-path.ts'

export type SettingsFile =
  | { readonly kind: 'read'; readonly values: Readonly<Record<string, unknown>> }
  | { readonly kind: 'missing' }
  /** This user may not search a folder above the file, so it is unknown whether the file exists. */
  | { readonly kind: 'hidden'; readonly problem: string }
  /** The file exists, but this user may not read it. */
  | { readonly kind: 'unreadable'; readonly problem: string }
  /** `problem` names the file or the folder above it that is the reason; it contains nothing of the content. */
  | {
      readonly kind: 'refused'
      readonly problem: string
      /** Set if the file contains the setting for the API's address, or if that cannot be determined. */
      readonly mayHaveUrl?: true
    }

const MAX_BYTES = 1024 * 1024

/**
 * Takes one system call if there is no file. Never throws. The values can be any JSON: the official client's file has lists and
 * objects under names that are not used here.
 */
export function readSettingsFile(path: string, euid: number): SettingsFile {
  const found = findRegularFile(path)
  if (!found.ok) return failure(path, found)
  const trust = checkTrusted(path, { euid })
  if (!trust.ok) return trust.why === 'missing' ? { kind: 'missing' } : refused(trust.problem, readText(path))
  const file = readRegularFile(path, MAX_BYTES)
  if (!file.ok) return failure(path, file)
  let json: unknown
  try {
    // Windows editors write a byte order mark, which RFC 8259 lets a reader ignore.
    json = JSON.parse(file.text.replace(/^\uFEFF/, ''))
  } catch {
    // The error's message quotes the text, which may be a key.
    return refused(`${path} is not valid JSON`, isTruncated(file.text) ? undefined : file.text)
  }
  return isObject(json) ? { kind: 'read', values: json } : refused(`${path} is not a JSON object`, file.text)
}

function failure(path: string, { why, problem }: FileProblem): SettingsFile {
  switch (why) {
    case 'missing':
      return { kind: 'missing' }
    case 'hidden':
    case 'unreadable':
      return { kind: why, problem: `${path} ${problem}` }
    case 'unusable':
      return refused(`${path} ${problem}`)
    default:
      return why satisfies never
  }
}

/** `text` is undefined if the content is unknown. */
function refused(problem: string, text?: string): SettingsFile {
  const mayHaveUrl = text === undefined || namesUrl(text)
  return { kind: 'refused', problem, ...(mayHaveUrl && { mayHaveUrl }) }
}

/** UTF-16 text has a NUL beside each letter, and JSON can write any character as `\u005F`. */
function namesUrl(text: string): boolean {
  return text
    .replaceAll('\0', '')
    .replace(/\\u00([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .toUpperCase()
    .includes('CRONITOR_TELEMETRY_URL')
}

/** A full disk leaves an empty file or the start of the text. */
function isTruncated(text: string): boolean {
  return !/\}[\s\0]*$/.test(text)
}

/** Only to find out whether an untrusted file sets the address. Its values are never used. */
function readText(path: string): string | undefined {
  const file = readRegularFile(path, MAX_BYTES)
  return file.ok ? file.text : undefined
}
