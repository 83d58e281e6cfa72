/** Parses raw values of settings: text from flags and the environment, any JSON from a file. */

import { resolve } from 'node:path'
import { parseDuration } from '../system/duration.ts'
import { describeReadError } from '../system/errors.ts'
import { parseSize } from '../system/size.ts'
import type { SettingsSource } from './sources.ts'
import { parseSwitch, parseUrls, type UrlList } from './values.ts'

export type ParsedSetting<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string }

export function toText(raw: unknown): ParsedSetting<string> {
  return typeof raw === 'string' ? { ok: true, value: raw } : { ok: false, problem: 'expected text' }
}

export function toPath(raw: unknown, source: SettingsSource): ParsedSetting<string> {
  const text = toText(raw)
  return text.ok ? { ok: true, value: source.path(text.value) } : text
}

/** For a folder that a process with another working directory also uses. */
export function toAbsolutePath(raw: unknown, source: SettingsSource): ParsedSetting<string> {
  const path = toPath(raw, source)
  if (!path.ok) return path
  try {
    return { ok: true, value: resolve(path.value) }
  } catch (error) {
    return { ok: false, problem: `the working directory ${describeReadError(error)}` }
  }
}

export function toSwitch(raw: unknown): ParsedSetting<boolean> {
  const parsed = parseSwitch(raw)
  return parsed.ok ? { ok: true, value: parsed.on } : parsed
}

export function toUrls(raw: unknown): ParsedSetting<UrlList> {
  const parsed = parseUrls(typeof raw === 'string' ? raw : '')
  return parsed.ok ? { ok: true, value: parsed.urls } : parsed
}

/** Milliseconds. A number without a unit is seconds, in text and in JSON. */
export function toDuration(raw: unknown): ParsedSetting<number> {
  const parsed = parseDuration(textOrNumber(raw))
  return parsed.ok ? { ok: true, value: parsed.ms } : parsed
}

/** Bytes. A number without a unit is bytes, in text and in JSON. */
export function toSize(raw: unknown): ParsedSetting<number> {
  const parsed = parseSize(textOrNumber(raw))
  return parsed.ok ? { ok: true, value: parsed.bytes } : parsed
}

function textOrNumber(raw: unknown): string {
  return typeof raw === 'number' ? String(raw) : typeof raw === 'string' ? raw : ''
}
