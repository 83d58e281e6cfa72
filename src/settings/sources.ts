/** Where settings come from, in the order in which they win: command line, environment, the user's file, the system's. */

import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Method } from '../telemetry/event.ts'
import { USER_FILE } from './defaults.ts'
import { readSettingsFile, type SettingsFile } from './settings-file.ts'

/**
 * What the command line said. Each value is right already: the parse functions beside this file make usage errors of
 * the rest. An empty text, as `--env "$UNSET"` gives, counts as not given.
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
  /** False with --no-spool; true, as commander has it where nothing is given, says nothing. So for all three. */
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

/** The names in the environment and in files, with the flag that says the same. */
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

export interface SettingsSource {
  /** The raw value; undefined where there is none, or an empty one. From a file it can be any JSON. */
  readonly get: (name: SettingName) => unknown
  /** What a warning calls the setting: `CRONITOR_ENV in /etc/cronitor/cronitor.json`. */
  readonly call: (name: SettingName) => string
  /** A path that was found here, in the form in which it can be opened. */
  readonly path: (text: string) => string
  /**
   * Why a file cannot be used. If it may set the address of the API, no other address stands in for it: a private relay's
   * key and events would leave the site.
   */
  readonly unusable?: { readonly problem: string; readonly mayHaveUrl: boolean }
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
  return { get: name => nonEmpty(values[name]), call: name => FLAGS[name], path: text => text }
}

export function environmentSource(env: Environment): SettingsSource {
  return { get: name => trimmed(env[name]), call: name => name, path: text => text }
}

/**
 * The settings files that are there and may be used, the user's before the system's.
 *
 * `--config` or `CRONITOR_CONFIG` stands in the place of the user's file; the system's file is still beneath it.
 */
export function fileSources(options: {
  readonly flags: SettingsFlags
  readonly env: Environment
  readonly euid: number
  readonly systemFile: string
}): readonly SettingsSource[] {
  const { flags, env, euid, systemFile } = options
  const sources: SettingsSource[] = []
  const leaveOut = (words: string, mayHaveUrl: boolean) => {
    const unusable = { problem: `settings file is not used: ${words}`, mayHaveUrl }
    sources.push({ get: () => undefined, call: name => name, path: text => text, unusable })
  }
  const add = (path: string, file: SettingsFile, lookedFor: 'by name' | 'everywhere' | 'at home') => {
    switch (file.kind) {
      case 'read':
        sources.push(fileSource(path, file.values))
        return
      case 'missing':
        if (lookedFor === 'by name') leaveOut(`${path} does not exist`, true)
        return
      case 'hidden':
        // HOME is another user's, as after setpriv(1) or `su -p`: no home of ours, so no file of ours.
        if (lookedFor === 'by name') leaveOut(file.problem, true)
        return
      case 'unreadable':
        // The system's may be for root, or for a group that this user is not in: as good as none.
        if (lookedFor !== 'everywhere') leaveOut(file.problem, true)
        return
      case 'refused':
        leaveOut(file.problem, lookedFor === 'by name' || file.mayHaveUrl === true)
        return
      default:
        file satisfies never
    }
  }
  const named = flags.config || env.CRONITOR_CONFIG?.trim() || undefined
  const first = named ?? userFile(env, euid)
  if (first !== undefined) {
    add(first, readSettingsFile(first, euid), named === undefined ? 'at home' : 'by name')
  }
  if (first !== systemFile) add(systemFile, readSettingsFile(systemFile, euid), 'everywhere')
  return sources
}

/** Root has none: HOME and the XDG variables survive `sudo` and `su`, and then name a folder of the user who called. */
function userFile(env: Environment, euid: number): string | undefined {
  if (euid === 0) return undefined
  const xdg = env.XDG_CONFIG_HOME ?? ''
  // A relative path is invalid there and is to be ignored (XDG Base Directory Specification).
  if (isAbsolute(xdg)) return join(xdg, USER_FILE)
  const home = env.HOME ?? ''
  return isAbsolute(home) ? join(home, '.config', USER_FILE) : undefined
}

function fileSource(file: string, values: Readonly<Record<string, unknown>>): SettingsSource {
  return {
    get: name => trimmed(values[name]),
    call: name => `${name} in ${file}`,
    // Not relative to the working directory: root's jobs may run in other users' folders, and who writes there would
    // choose root's key, or the file that root's log goes to.
    path: text => resolve(dirname(file), text),
  }
}

/** Secrets that are mounted or pasted end in line breaks; no value has blanks around it that mean something. */
function trimmed(value: unknown): unknown {
  return nonEmpty(typeof value === 'string' ? value.trim() : value)
}

function nonEmpty(value: unknown): unknown {
  return value === '' || value === null ? undefined : value
}
