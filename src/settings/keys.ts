/** Chooses the key that events are sent with, and collects all keys that must be redacted. */

import type { FileText } from '../system/regular-file.ts'
import { firstLine, firstLineOf } from './key-file.ts'
import type { SettingName, SettingsSource } from './sources.ts'
import { parseApiKey } from './values.ts'

export interface Keys {
  readonly key: string | undefined
  /** The file that contains the key; undefined for a pipe and for a key that is not in a file. */
  readonly file: string | undefined
  /** The keys of all sources, including those that were not chosen or are malformed. No duplicates, none empty. */
  readonly secrets: readonly string[]
  /** True if a chosen key is malformed or cannot be read; a warning says so. */
  readonly isAnyWrong: boolean
}

export interface KeyOptions {
  readonly euid: number
  /** The text of pipes that are used as key files (see key-pipe.ts), by the given path. */
  readonly pipes: ReadonlyMap<string, FileText>
  readonly warn: (text: string) => void
}

type Candidate =
  | { readonly ok: true; readonly key: string; readonly file?: string }
  | { readonly ok: false; readonly name: string; readonly problem: string }

/**
 * A ping API key takes precedence over an API key, whatever their sources. For each kind, the first source takes
 * precedence; within a source, a key takes precedence over a key file.
 *
 * If the chosen key is malformed or cannot be read, it counts as no key, with a warning. The other key files are also
 * read, without warnings: the job may print their keys, which must be redacted.
 */
export function chooseKey(sources: readonly SettingsSource[], { euid, pipes, warn }: KeyOptions): Keys {
  const secrets = new Set<string>()
  let ping: Candidate | undefined
  let api: Candidate | undefined
  for (const source of sources) {
    const candidate = (name: SettingName, read: (text: string) => ReturnType<typeof firstLine>) => {
      const raw = source.get(name)
      if (raw === undefined) return undefined
      return toCandidate(source.nameOf(name), raw, read, secrets)
    }
    const direct = (text: string) => ({ ok: true, line: text }) as const
    const sourcePing = candidate('CRONITOR_PING_API_KEY', direct)
    const sourceKey = candidate('CRONITOR_API_KEY', direct)
    let file: string | undefined
    const sourceFile = candidate('CRONITOR_API_KEY_FILE', text => {
      const pipe = pipes.get(text)
      const path = source.path(text)
      if (pipe === undefined) file = path
      return pipe === undefined ? firstLine(path, euid, text) : firstLineOf(pipe, path, text)
    })
    ping ??= sourcePing
    api ??= sourceKey ?? (sourceFile?.ok && file !== undefined ? { ...sourceFile, file } : sourceFile)
  }
  const chosen = ping?.ok ? ping : api?.ok ? api : undefined
  const key = chosen?.key
  const outcome = key === undefined ? ', so there is no API key' : '; going on without it'
  const wrong = [ping, api].flatMap(chosen => (chosen === undefined || chosen.ok ? [] : [chosen]))
  for (const { name, problem } of wrong) warn(`${name}: ${problem}${outcome}`)
  return { key, file: chosen?.file, secrets: Object.freeze([...secrets]), isAnyWrong: wrong.length > 0 }
}

function toCandidate(
  name: string,
  raw: unknown,
  read: (text: string) => ReturnType<typeof firstLine>,
  secrets: Set<string>,
): Candidate {
  if (typeof raw !== 'string') return { ok: false, name, problem: 'expected text' }
  const found = read(raw)
  if (!found.ok) return { ok: false, name, problem: found.problem }
  if (found.line.trim() !== '') secrets.add(found.line.trim())
  const parsed = parseApiKey(found.line)
  if (parsed.ok) return parsed
  const { problem } = parsed
  return { ok: false, name, problem: found.path === undefined ? problem : `${found.path}: ${problem}` }
}
