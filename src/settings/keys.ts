/** Chooses the key that events are sent with, and collects each key that must never be seen. */

import type { FileText } from '../system/regular-file.ts'
import { firstLine, firstLineOf } from './key-file.ts'
import type { SettingName, SettingsSource } from './sources.ts'
import { parseApiKey } from './values.ts'

export interface Keys {
  readonly key: string | undefined
  /** The file that it came from, unless that is a pipe. */
  readonly file: string | undefined
  /** Each key of each source, the ones that were not chosen or are malformed too; no duplicates, none empty. */
  readonly secrets: readonly string[]
  /** Was something wrong with what was set, and a warning given? */
  readonly isAnyWrong: boolean
}

export interface KeyOptions {
  readonly euid: number
  /** What came by pipes that are named in place of a key file (see key-pipe.ts), by the path that was given. */
  readonly pipes: ReadonlyMap<string, FileText>
  readonly warn: (words: string) => void
}

type Candidate =
  | { readonly ok: true; readonly key: string; readonly file?: string }
  | { readonly ok: false; readonly name: string; readonly problem: string }

/**
 * The ping API key wins over the API key wherever either comes from; of each kind the first of `sources` wins, and in
 * one source the key itself wins over a file with the key.
 *
 * A winner that is malformed, or whose file cannot be read, is warned about and counts as no key. Losing files are read
 * as well, quietly: a job can print their keys too.
 */
export function chooseKey(sources: readonly SettingsSource[], { euid, pipes, warn }: KeyOptions): Keys {
  const secrets = new Set<string>()
  let ping: Candidate | undefined
  let api: Candidate | undefined
  for (const source of sources) {
    const candidate = (name: SettingName, read: (text: string) => ReturnType<typeof firstLine>) => {
      const raw = source.get(name)
      if (raw === undefined) return undefined
      return toCandidate(source.call(name), raw, read, secrets)
    }
    const direct = (text: string) => ({ ok: true, line: text }) as const
    const ownPing = candidate('CRONITOR_PING_API_KEY', direct)
    const ownKey = candidate('CRONITOR_API_KEY', direct)
    let file: string | undefined
    const ownFile = candidate('CRONITOR_API_KEY_FILE', text => {
      const pipe = pipes.get(text)
      const path = source.path(text)
      if (pipe === undefined) file = path
      return pipe === undefined ? firstLine(path, euid, text) : firstLineOf(pipe, path, text)
    })
    ping ??= ownPing
    api ??= ownKey ?? (ownFile?.ok && file !== undefined ? { ...ownFile, file } : ownFile)
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
