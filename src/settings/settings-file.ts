/** Reads a settings file: a JSON object with the names of the environment variables, as the official client writes it. */

import { type FileProblem, findRegularFile, readRegularFile } from '../system/regular-file.ts'
import { checkTrusted } from '../system/trusted-path.ts'

export type SettingsFile =
  | { readonly kind: 'read'; readonly values: Readonly<Record<string, unknown>> }
  | { readonly kind: 'missing' }
  /** A folder above it may not be searched: there may be a file or not. */
  | { readonly kind: 'hidden'; readonly problem: string }
  /** It is there, and this user may not read it. */
  | { readonly kind: 'unreadable'; readonly problem: string }
  /** `problem` names the file, or the folder above it that is the reason, and holds nothing of the content. */
  | {
      readonly kind: 'refused'
      readonly problem: string
      /** Its text names the setting of the API's address, or cannot be read, or ends too early to tell. */
      readonly mayHaveUrl?: true
    }

const MOST_BYTES = 1024 * 1024

/**
 * One system call when there is no such file. Nothing is thrown.
 *
 * The values are any JSON: the official client's file has lists and objects under names that are not used here.
 */
export function readSettingsFile(path: string, euid: number): SettingsFile {
  const found = findRegularFile(path)
  if (!found.ok) return failure(path, found)
  const trust = checkTrusted(path, { euid })
  if (!trust.ok) return trust.why === 'missing' ? { kind: 'missing' } : refused(trust.problem, textOf(path))
  const file = readRegularFile(path, MOST_BYTES)
  if (!file.ok) return failure(path, file)
  let json: unknown
  try {
    // Windows editors put a byte order mark in front, which RFC 8259 lets a reader ignore.
    json = JSON.parse(file.text.replace(/^\uFEFF/, ''))
  } catch {
    // The error's own message quotes the text, which may be a key.
    return refused(`${path} is not valid JSON`, isCutOff(file.text) ? undefined : file.text)
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

/** `text` is undefined if nobody can tell what it says. */
function refused(problem: string, text?: string): SettingsFile {
  const mayHaveUrl = text === undefined || namesUrl(text)
  return { kind: 'refused', problem, ...(mayHaveUrl && { mayHaveUrl }) }
}

/** In UTF-16 each letter has a NUL beside it, and JSON may write any character as `\u005F`. */
function namesUrl(text: string): boolean {
  return text
    .replaceAll('\0', '')
    .replace(/\\u00([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .toUpperCase()
    .includes('CRONITOR_TELEMETRY_URL')
}

/** A full disk leaves the front of what was written, or nothing. */
function isCutOff(text: string): boolean {
  return !/\}[\s\0]*$/.test(text)
}

/** Of a file that others can write to nothing is used; but if it sets an address, there is no saying what was meant. */
function textOf(path: string): string | undefined {
  const file = readRegularFile(path, MOST_BYTES)
  return file.ok ? file.text : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
