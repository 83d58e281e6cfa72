/** Puts the settings together: for each, the first of flag, environment, user's file and system's file that has it. */

import { formatDuration } from '../system/duration.ts'
import { systemHostname } from '../system/hostname.ts'
import type { FileText } from '../system/regular-file.ts'
import { formatSize } from '../system/size.ts'
import { defaultSpoolDir } from './default-folders.ts'
import {
  DEFAULT_DELIVER_WITHIN_MS,
  DEFAULT_METHOD,
  DEFAULT_SPOOL_MAX_AGE_MS,
  DEFAULT_SPOOL_MAX_BYTES,
  DEFAULT_URL,
  SYSTEM_FILE,
} from './defaults.ts'
import { chooseKey } from './keys.ts'
import {
  type ParsedSetting,
  toAbsolutePath,
  toDuration,
  toPath,
  toSize,
  toSwitch,
  toText,
  toUrl,
} from './raw-values.ts'
import type { Settings, TelemetryUrl } from './settings.ts'
import {
  type Environment,
  environmentSource,
  fileSources,
  flagSource,
  type SettingName,
  type SettingsFlags,
  type SettingsSource,
} from './sources.ts'
import { shownUrl } from './values.ts'

export interface LoadOptions {
  readonly flags: SettingsFlags
  readonly env: Environment
  /** The effective user's id. */
  readonly euid?: number | undefined
  readonly systemHostname?: () => string
  /** No environment variable names it: who sets the environment must not stand in for the system's administrator. */
  readonly systemFile?: string
  /** Of the Telemetry API, where nothing says another; `DEFAULT_URL` unless given. */
  readonly defaultUrl?: string
  /** Has a job been started by now? What the files say of its start then comes too late. */
  readonly isJobStarted?: boolean
  /** As `KeyOptions`'s. */
  readonly pipes?: ReadonlyMap<string, FileText>
}

export interface LoadedSettings {
  readonly settings: Settings
  /** Without a key, a value or a file's content; a path in it can hold anything. */
  readonly warnings: readonly string[]
}

const NO_PIPES: ReadonlyMap<string, FileText> = new Map()

/** Flags and the environment; the others are files. */
const NAMED_SOURCES = 2

/**
 * Never throws and never refuses: a wrong value in the environment or in a file is one warning, and the default is used
 * instead of it, not the next source's value; but a wrong address is never replaced, since events would leave the site. A wrong value that a better source overrides is not looked at.
 */
export function loadSettings(options: LoadOptions): LoadedSettings {
  // A system without user ids is treated as if this were root: nothing under HOME is used.
  const { flags, env, euid = process.geteuid?.() ?? 0, defaultUrl = DEFAULT_URL, pipes = NO_PIPES } = options
  const warnings: string[] = []
  const warn = (words: string) => warnings.push(words)
  const systemFile = options.systemFile ?? SYSTEM_FILE
  const sources: readonly SettingsSource[] = [
    flagSource(flags),
    environmentSource(env),
    ...fileSources({ flags, env, euid, systemFile }),
  ]

  function settle<T>(
    name: SettingName,
    parse: (raw: unknown, source: SettingsSource) => ParsedSetting<T>,
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

  const shell = sources.findIndex(source => source.get('CRONITOR_SHELL') !== undefined)
  if (options.isJobStarted && shell >= NAMED_SOURCES)
    warn(
      `${sources[shell]?.call('CRONITOR_SHELL')} has no effect, since the job starts before files are read: set it in the environment`,
    )
  const without = 'going on without it'
  const spoolDir = defaultSpoolDir(env, euid)
  const { key, file: keyFile, secrets, isAnyWrong } = chooseKey(sources, { euid, pipes, warn })
  const settings: Settings = {
    key,
    keyFile,
    isKeyTold: key === undefined && (isAnyWrong || sources.some(({ unusable }) => unusable)),
    secrets,
    anonymous: settle('CRONITOR_ANONYMOUS', toSwitch, false, without),
    env: settle('CRONITOR_ENV', toText, undefined, without),
    hostname:
      settle('CRONITOR_HOSTNAME', toText, undefined, "using the system's") ??
      ownHostname(options.systemHostname ?? systemHostname),
    url: telemetryUrl(sources, defaultUrl),
    method: flags.method ?? DEFAULT_METHOD,
    deliverWithinMs: settle(
      'CRONITOR_DELIVER_WITHIN',
      toDuration,
      DEFAULT_DELIVER_WITHIN_MS,
      `using ${formatDuration(DEFAULT_DELIVER_WITHIN_MS)}`,
    ),
    spool: !settle('CRONITOR_NO_SPOOL', toSwitch, false, without),
    spoolDir: settle(
      'CRONITOR_SPOOL_DIR',
      toAbsolutePath,
      spoolDir,
      spoolDir === undefined ? without : `using ${spoolDir}`,
    ),
    isSpoolDirNamed: [flagSource(flags), environmentSource(env)].some(
      source => source.get('CRONITOR_SPOOL_DIR') !== undefined,
    ),
    spoolMaxAgeMs: settle(
      'CRONITOR_SPOOL_MAX_AGE',
      toDuration,
      DEFAULT_SPOOL_MAX_AGE_MS,
      `using ${formatDuration(DEFAULT_SPOOL_MAX_AGE_MS)}`,
    ),
    spoolMaxBytes: settle(
      'CRONITOR_SPOOL_MAX_SIZE',
      toSize,
      DEFAULT_SPOOL_MAX_BYTES,
      `using ${formatSize(DEFAULT_SPOOL_MAX_BYTES)}`,
    ),
    courier: !settle('CRONITOR_NO_COURIER', toSwitch, false, without),
    stamp: !settle('CRONITOR_NO_STAMP', toSwitch, false, without),
    log: settle('CRONITOR_LOG', toPath, undefined, without),
  }
  warnOfUrl(sources, settings, warn)
  return { settings: Object.freeze(settings), warnings }
}

/** What is set for the address; a file that may set it and cannot be used counts as an address that cannot be used. */
function telemetryUrl(sources: readonly SettingsSource[], defaultUrl: string): TelemetryUrl {
  for (const source of sources) {
    if (source.unusable?.mayHaveUrl) return { kind: 'unusable', problem: source.unusable.problem }
    const raw = source.get('CRONITOR_TELEMETRY_URL')
    if (raw === undefined) continue
    const parsed = toUrl(raw)
    if (parsed.ok) return { kind: 'usable', base: parsed.value, isBuiltIn: parsed.value === defaultUrl }
    const problem = `${source.call('CRONITOR_TELEMETRY_URL')}: ${parsed.problem}, not ${shownUrl(raw)}`
    return { kind: 'unusable', problem: problem }
  }
  return { kind: 'usable', base: defaultUrl, isBuiltIn: true }
}

/** A warning for each file that cannot be used, and for an address that cannot. Each says what comes of it. */
function warnOfUrl(
  sources: readonly SettingsSource[],
  { url, key, anonymous, spool }: Settings,
  warn: (words: string) => void,
): void {
  const hasKey = key !== undefined || anonymous
  const outcome = spool
    ? 'events are kept in the spool until that is mended'
    : 'events are lost, since there is no spool'
  const problems = new Map<string, string | undefined>()
  for (const { unusable } of sources) {
    if (unusable) problems.set(unusable.problem, hasKey ? undefined : 'no API key is set elsewhere')
  }
  if (url.kind === 'unusable' && hasKey) {
    const isFile = problems.has(url.problem)
    problems.set(url.problem, isFile ? `it may set the address to send to, so ${outcome}` : outcome)
  }
  for (const [problem, words] of problems) warn(words === undefined ? problem : `${problem}; ${words}`)
}

function ownHostname(ask: () => string): string {
  try {
    return ask()
  } catch {
    return 'localhost'
  }
}
