/** The sources of settings in the order of precedence: flags, environment, the user's file, the system's file. */

import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Method } from '../telemetry/event.ts'
import { SYSTEM_FILE, USER_FILE } from './defaults.ts'
import { readSettingsFile, type SettingsFile } from './settings-file.ts'

/**
 * The options of the command line, by commander's names. All values are valid: a wrong one is a usage error. Empty text, as
 * from `--env "$UNSET"`, counts as not given.
 */
export interface SettingsFlags {
  readonly apiKey?: string | undefined
  readonly apiKeyFile?: string | undefined
  readonly pingApiKey?: string | undefined
  readonly env?: string | undefined
  readonly hostname?: string | undefined
  readonly url?: string | undefined
  /** Milliseconds. */
  readonly deliverWithin?: number | undefined
  readonly spoolDir?: string | undefined
  /** False with --no-spool. Commander's default is true, which counts as not given. The same holds for the next two. */
  readonly spool?: boolean | undefined
  readonly courier?: boolean | undefined
  readonly stamp?: boolean | undefined
  /** Milliseconds. */
  readonly spoolMaxAge?: number | undefined
  /** Bytes. */
  readonly spoolMaxSize?: number | undefined
  readonly config?: string | undefined
  readonly log?: string | undefined
  readonly anonymous?: boolean | undefined
  readonly shell?: string | undefined
  readonly method?: Method | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The names of settings in the environment and in files, and the corresponding flags. */
const FLAGS = {
  CRONITOR_API_KEY: '--api-key',
  CRONITOR_API_KEY_FILE: '--api-key-file',
  CRONITOR_PING_API_KEY: '--ping-api-key',
  CRONITOR_ENV: '--env',
  CRONITOR_HOSTNAME: '--hostname',
  CRONITOR_TELEMETRY_URL: '--url',
  CRONITOR_DELIVER_WITHIN: '--deliver-within',
  CRONITOR_SPOOL_DIR: '--spool-dir',
  CRONITOR_NO_SPOOL: '--no-spool',
  CRONITOR_SPOOL_MAX_AGE: '--spool-max-age',
  CRONITOR_SPOOL_MAX_SIZE: '--spool-max-size',
  CRONITOR_NO_COURIER: '--no-courier',
  CRONITOR_NO_STAMP: '--no-stamp',
  CRONITOR_LOG: '--log',
  CRONITOR_ANONYMOUS: '--anonymous',
  CRONITOR_SHELL: '--shell',
} as const

export type SettingName = keyof typeof FLAGS

export const SETTING_NAMES = /* @__PURE__ */ Object.keys(FLAGS) as readonly SettingName[]

export interface SettingsSource {
  /** The raw value: any JSON if it is from a file. Undefined if there is none or it is empty. */
  readonly get: (name: SettingName) => unknown
  /** The setting's name in warnings, such as `CRONITOR_ENV in /etc/cronitor/cronitor.json`. */
  readonly nameOf: (name: SettingName) => string
  /** Resolves a path from this source. */
  readonly path: (text: string) => string
  /**
   * Set if the file cannot be used. If it may set the address of the API, no other address is used instead: the key and
   * events for a private relay would be sent to another site.
   */
  readonly unusable?: { readonly problem: string; readonly mayHaveUrl: boolean }
  /** For a settings file: its path and its member `jobs`, which is any JSON. */
  readonly jobs?: { readonly file: string; readonly section: unknown }
}

export function flagSource(flags: SettingsFlags): SettingsSource {
  const inMs = (ms: number | undefined) => (ms === undefined ? undefined : `${ms}ms`)
  const isOff = (flag: boolean | undefined) => (flag === false ? true : undefined)
  const values: Readonly<Record<SettingName, string | number | boolean | undefined>> = {
    CRONITOR_API_KEY: flags.apiKey,
    CRONITOR_API_KEY_FILE: flags.apiKeyFile,
    CRONITOR_PING_API_KEY: flags.pingApiKey,
    CRONITOR_ENV: flags.env,
    CRONITOR_HOSTNAME: flags.hostname,
    CRONITOR_TELEMETRY_URL: flags.url,
    CRONITOR_DELIVER_WITHIN: inMs(flags.deliverWithin),
    CRONITOR_SPOOL_DIR: flags.spoolDir,
    CRONITOR_NO_SPOOL: isOff(flags.spool),
    CRONITOR_SPOOL_MAX_AGE: inMs(flags.spoolMaxAge),
    CRONITOR_SPOOL_MAX_SIZE: flags.spoolMaxSize,
    CRONITOR_NO_COURIER: isOff(flags.courier),
    CRONITOR_NO_STAMP: isOff(flags.stamp),
    CRONITOR_LOG: flags.log,
    CRONITOR_ANONYMOUS: flags.anonymous,
    CRONITOR_SHELL: flags.shell,
  }
  return { get: name => nonEmpty(values[name]), nameOf: name => FLAGS[name], path: text => text }
}

export function environmentSource(env: Environment): SettingsSource {
  return { get: name => trimmed(env[name]), nameOf: name => name, path: text => text }
}

/**
 * The settings files, the user's before the system's: those that can be read, and those that exist but cannot be used.
 * `--config` or `CRONITOR_CONFIG` replaces the user's file.
 */
export function fileSources(options: FileOptions): readonly SettingsSource[] {
  const { euid } = options
  const sources: SettingsSource[] = []
  const addUnusable = (reason: string, mayHaveUrl: boolean) => {
    const unusable = { problem: `settings file is not used: ${reason}`, mayHaveUrl }
    sources.push({ get: () => undefined, nameOf: name => name, path: text => text, unusable })
  }
  const add = (path: string, file: SettingsFile, kind: NamedFile['kind']) => {
    switch (file.kind) {
      case 'read':
        sources.push(fileSource(path, file.values))
        return
      case 'missing':
        if (kind === 'chosen') addUnusable(`${path} does not exist`, true)
        return
      case 'hidden':
        // For the user's file: HOME belongs to another user, as after setpriv(1) or `su -p`, so this user has no file
        // there.
        if (kind === 'chosen') addUnusable(file.problem, true)
        return
      case 'unreadable':
        // The system's file may be for root or for a group that this user is not in; then it is ignored.
        if (kind !== 'system') addUnusable(file.problem, true)
        return
      case 'refused':
        addUnusable(file.problem, kind === 'chosen' || file.mayHaveUrl === true)
        return
      default:
        file satisfies never
    }
  }
  for (const { path, kind } of settingsFiles(options)) add(path, readSettingsFile(path, euid), kind)
  return sources
}

/** What says which settings files are read. */
export interface FileOptions {
  readonly flags: SettingsFlags
  readonly env: Environment
  /** The effective user ID. */
  readonly euid: number
  /** Default: `SYSTEM_FILE`. */
  readonly systemFile?: string
}

export interface NamedFile {
  readonly path: string
  readonly kind: 'chosen' | 'user' | 'system'
}

/** The files that are looked for, in the order of precedence. */
export function settingsFiles(options: FileOptions): readonly NamedFile[] {
  const { flags, env, euid, systemFile = SYSTEM_FILE } = options
  const chosen = flags.config || env.CRONITOR_CONFIG?.trim() || undefined
  const first = chosen ?? userFile(env, euid)
  const files: NamedFile[] = []
  if (first !== undefined) files.push({ path: first, kind: chosen === undefined ? 'user' : 'chosen' })
  if (first !== systemFile) files.push({ path: systemFile, kind: 'system' })
  return files
}

/** Never used for root: HOME and the XDG variables survive `sudo` and `su`, and then name a folder of the calling user. */
function userFile(env: Environment, euid: number): string | undefined {
  if (euid === 0) return undefined
  const xdg = env.XDG_CONFIG_HOME ?? ''
  // A relative path is invalid there and must be ignored (XDG Base Directory Specification).
  if (isAbsolute(xdg)) return join(xdg, USER_FILE)
  const home = env.HOME ?? ''
  return isAbsolute(home) ? join(home, '.config', USER_FILE) : undefined
}

function fileSource(file: string, values: Readonly<Record<string, unknown>>): SettingsSource {
  return {
    get: name => trimmed(values[name]),
    nameOf: name => `${name} in ${file}`,
    // Not relative to the working directory: root's jobs may run in other users' folders, and anyone who can write there
    // could choose root's key or the file for root's log.
    path: text => resolve(dirname(file), text),
    jobs: { file, section: values.jobs },
  }
}

/** Mounted or pasted secrets end in a line break, and white space around a value never has a meaning. */
function trimmed(value: unknown): unknown {
  return nonEmpty(typeof value === 'string' ? value.trim() : value)
}

function nonEmpty(value: unknown): unknown {
  return value === '' || value === null ? undefined : value
}
