/** Loads the settings. Each comes from the first of these that has it: flag, environment, user's file, system's file, default. */

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
  toUrls,
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
  /** The effective user ID. Default: this process's; 0 on a system without user IDs, so that nothing below HOME is used. */
  readonly euid?: number | undefined
  readonly systemHostname?: () => string
  /** Default: `SYSTEM_FILE`. */
  readonly systemFile?: string
  /** The address of the Telemetry API if none is set. Default: `DEFAULT_URL`. */
  readonly defaultUrl?: string
  /** True if the job has already started, so that CRONITOR_SHELL in a file has no effect. */
  readonly isJobStarted?: boolean
  /** See `KeyOptions`. */
  readonly pipes?: ReadonlyMap<string, FileText>
}

export interface LoadedSettings {
  readonly settings: Settings
  /** These contain paths, but no key, no value and no content of a file. */
  readonly warnings: readonly string[]
}

const NO_PIPES: ReadonlyMap<string, FileText> = new Map()

/**
 * Never throws. A wrong value in the environment or in a file gives a warning and is replaced by the default, not by the value
 * of the next source. A wrong address is never replaced, because events would be sent to another site. A wrong value is ignored
 * if an earlier source has the setting.
 */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const { flags, env, euid = process.geteuid?.() ?? 0, defaultUrl = DEFAULT_URL, pipes = NO_PIPES } = options
  const warnings: string[] = []
  const warn = (text: string) => warnings.push(text)
  const systemFile = options.systemFile ?? SYSTEM_FILE
  const named: readonly SettingsSource[] = [flagSource(flags), environmentSource(env)]
  const files = fileSources({ flags, env, euid, systemFile })
  const sources = [...named, ...files]
  const read = createReader(sources, warn)

  if (options.isJobStarted) warnAboutShell(named, files, warn)
  const spoolDir = defaultSpoolDir(env, euid)
  const { key, file: keyFile, secrets, isAnyWrong } = chooseKey(sources, { euid, pipes, warn })
  const settings: Settings = {
    key,
    keyFile,
    isMissingKeyExplained: key === undefined && (isAnyWrong || files.some(({ unusable }) => unusable)),
    secrets,
    anonymous: read('CRONITOR_ANONYMOUS', toSwitch, false),
    env: read('CRONITOR_ENV', toText, undefined),
    hostname:
      read('CRONITOR_HOSTNAME', toText, undefined, "the system's") ??
      hostnameOrLocalhost(options.systemHostname ?? systemHostname),
    url: telemetryUrl(sources, defaultUrl),
    method: flags.method ?? DEFAULT_METHOD,
    deliverWithinMs: read(
      'CRONITOR_DELIVER_WITHIN',
      toDuration,
      DEFAULT_DELIVER_WITHIN_MS,
      formatDuration(DEFAULT_DELIVER_WITHIN_MS),
    ),
    spool: !read('CRONITOR_NO_SPOOL', toSwitch, false),
    spoolDir: read('CRONITOR_SPOOL_DIR', toAbsolutePath, spoolDir, spoolDir),
    isSpoolDirChosen: named.some(source => source.get('CRONITOR_SPOOL_DIR') !== undefined),
    spoolMaxAgeMs: read(
      'CRONITOR_SPOOL_MAX_AGE',
      toDuration,
      DEFAULT_SPOOL_MAX_AGE_MS,
      formatDuration(DEFAULT_SPOOL_MAX_AGE_MS),
    ),
    spoolMaxBytes: read(
      'CRONITOR_SPOOL_MAX_SIZE',
      toSize,
      DEFAULT_SPOOL_MAX_BYTES,
      formatSize(DEFAULT_SPOOL_MAX_BYTES),
    ),
    courier: !read('CRONITOR_NO_COURIER', toSwitch, false),
    stamp: !read('CRONITOR_NO_STAMP', toSwitch, false),
    log: read('CRONITOR_LOG', toPath, undefined),
  }
  warnAboutUrl(files, settings, warn)
  return { settings: Object.freeze(settings), warnings }
}

/**
 * Reads a setting from the first source that has it.
 *
 * @param fallbackText names the fallback in the warning about a wrong value; undefined if there is nothing to name
 */
type ReadSetting = <T>(
  name: SettingName,
  parse: (raw: unknown, source: SettingsSource) => ParsedSetting<T>,
  fallback: T,
  fallbackText?: string,
) => T

function createReader(sources: readonly SettingsSource[], warn: (text: string) => void): ReadSetting {
  return (name, parse, fallback, fallbackText) => {
    const source = sources.find(each => each.get(name) !== undefined)
    if (source === undefined) return fallback
    const parsed = parse(source.get(name), source)
    if (parsed.ok) return parsed.value
    const consequence = fallbackText === undefined ? 'going on without it' : `using ${fallbackText}`
    warn(`${source.nameOf(name)}: ${parsed.problem}; ${consequence}`)
    return fallback
  }
}

function warnAboutShell(
  named: readonly SettingsSource[],
  files: readonly SettingsSource[],
  warn: (text: string) => void,
): void {
  const hasShell = (source: SettingsSource) => source.get('CRONITOR_SHELL') !== undefined
  if (named.some(hasShell)) return
  const name = files.find(hasShell)?.nameOf('CRONITOR_SHELL')
  if (name !== undefined) {
    warn(
      `${name} has no effect, because the job starts before settings files are read: set it in the environment`,
    )
  }
}

/** A file that may set the address but cannot be used counts as an address that cannot be used. */
function telemetryUrl(sources: readonly SettingsSource[], defaultUrl: string): TelemetryUrl {
  for (const source of sources) {
    if (source.unusable?.mayHaveUrl) return { kind: 'unusable', problem: source.unusable.problem }
    const raw = source.get('CRONITOR_TELEMETRY_URL')
    if (raw === undefined) continue
    const parsed = toUrls(raw)
    if (parsed.ok) {
      const [base, ...others] = parsed.value
      const isBuiltIn = parsed.value.includes(defaultUrl)
      return { kind: 'usable', base, ...(others.length > 0 && { others }), isBuiltIn }
    }
    const problem = `${source.nameOf('CRONITOR_TELEMETRY_URL')}: ${parsed.problem}, not ${shownUrl(raw)}`
    return { kind: 'unusable', problem }
  }
  return { kind: 'usable', base: defaultUrl, isBuiltIn: true }
}

/** Warns about each file and about an address that cannot be used, with the consequence. */
function warnAboutUrl(
  files: readonly SettingsSource[],
  { url, key, anonymous, spool }: Settings,
  warn: (text: string) => void,
): void {
  const hasKey = key !== undefined || anonymous
  const consequence = spool
    ? 'events are kept in the spool until that is fixed'
    : 'events are lost, because the spool is off'
  const problems = new Map<string, string | undefined>()
  for (const { unusable } of files) {
    if (unusable) problems.set(unusable.problem, hasKey ? undefined : 'no API key is set elsewhere')
  }
  if (url.kind === 'unusable' && hasKey) {
    const isFile = problems.has(url.problem)
    problems.set(url.problem, isFile ? `it may set the address to send to, so ${consequence}` : consequence)
  }
  for (const [problem, text] of problems) warn(text === undefined ? problem : `${problem}; ${text}`)
}

function hostnameOrLocalhost(read: () => string): string {
  try {
    return read()
  } catch {
    return 'localhost'
  }
}
