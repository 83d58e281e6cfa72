/** Puts the settings together: for each, the first of flag, environment, user's file and system's file that has it. */

import { hostname } from 'node:os'
import { formatDuration, parseDuration } from './duration.ts'
import { chooseKey } from './keys.ts'
import type { Settings } from './settings.ts'
import {
  type Environment,
  environmentSource,
  fileSources,
  flagSource,
  type SettingName,
  type SettingsFlags,
  type Source,
} from './sources.ts'
import { parseSwitch, parseUrl } from './values.ts'

export interface LoadOptions {
  readonly flags: SettingsFlags
  readonly env: Environment
  /** The effective user's id. */
  readonly euid?: number | undefined
  readonly systemHostname?: () => string
  /** No environment variable names it: who sets the environment must not stand in for the system's administrator. */
  readonly systemFile?: string
}

export interface LoadedSettings {
  readonly settings: Settings
  /** One line each, without a key, a value or a file's content. */
  readonly warnings: readonly string[]
}

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }

export const SYSTEM_FILE = '/etc/cronitor/cronitor.json'
export const DEFAULT_URL = 'https://cronitor.link'
export const DEFAULT_DELIVER_WITHIN_MS = 5000

/**
 * Never throws and never refuses: a wrong value in the environment or in a file is one warning, and the default is used
 * instead of it, not the next source's value. A wrong value that a better source overrides is not looked at.
 */
export function loadSettings(options: LoadOptions): LoadedSettings {
  // A system without user ids is treated as if this were root: nothing under HOME is used.
  const { flags, env, euid = process.geteuid?.() ?? 0, systemHostname = hostname } = options
  const warnings: string[] = []
  const warn = (words: string) => warnings.push(oneLine(words))
  const systemFile = options.systemFile ?? SYSTEM_FILE
  const sources = [
    flagSource(flags),
    environmentSource(env),
    ...fileSources({ flags, env, euid, systemFile, warn }),
  ]

  function settle<T>(
    name: SettingName,
    parse: (raw: unknown, source: Source) => Parsed<T>,
    otherwise: T,
    insteadWords: string,
  ): T {
    for (const source of sources) {
      const raw = source.get(name)
      if (raw === undefined) continue
      const parsed = parse(raw, source)
      if (parsed.ok) return parsed.value
      warn(`${source.call(name)}: ${parsed.problem}; ${insteadWords}`)
      return otherwise
    }
    return otherwise
  }

  const without = 'going on without it'
  const { key, secrets } = chooseKey(sources, warn)
  const settings: Settings = {
    key,
    secrets,
    anonymous: settle('CRONITOR_ANONYMOUS', toSwitch, false, without),
    env: settle('CRONITOR_ENV', toText, undefined, without),
    hostname:
      settle('CRONITOR_HOSTNAME', toText, undefined, "using the system's") ?? ownHostname(systemHostname),
    url: settle('CRONITOR_TELEMETRY_URL', toUrl, DEFAULT_URL, `using ${DEFAULT_URL}`),
    method: flags.method ?? 'GET',
    deliverWithinMs: settle(
      'CRONITOR_DELIVER_WITHIN',
      toDuration,
      DEFAULT_DELIVER_WITHIN_MS,
      `using ${formatDuration(DEFAULT_DELIVER_WITHIN_MS)}`,
    ),
    log: settle('CRONITOR_LOG', toPath, undefined, without),
  }
  return { settings: Object.freeze(settings), warnings }
}

function toText(raw: unknown): Parsed<string> {
  return typeof raw === 'string' ? { ok: true, value: raw } : { ok: false, problem: 'expected text' }
}

function toPath(raw: unknown, source: Source): Parsed<string> {
  const text = toText(raw)
  return text.ok ? { ok: true, value: source.path(text.value) } : text
}

function toSwitch(raw: unknown): Parsed<boolean> {
  const parsed = parseSwitch(raw)
  return parsed.ok ? { ok: true, value: parsed.on } : parsed
}

function toUrl(raw: unknown): Parsed<string> {
  const parsed = parseUrl(typeof raw === 'string' ? raw : '')
  return parsed.ok ? { ok: true, value: parsed.url } : parsed
}

/** A JSON number is seconds, as a bare number in text is. */
function toDuration(raw: unknown): Parsed<number> {
  const parsed = parseDuration(typeof raw === 'number' ? String(raw) : typeof raw === 'string' ? raw : '')
  return parsed.ok ? { ok: true, value: parsed.ms } : parsed
}

function ownHostname(systemHostname: () => string): string {
  try {
    return systemHostname()
  } catch {
    return 'localhost'
  }
}

/** A path in a warning may hold line breaks and terminal sequences. */
function oneLine(words: string): string {
  return words.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?')
}
