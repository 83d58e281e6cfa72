/** Where each setting comes from: a flag, a variable, a file or the default. */

import {
  environmentSource,
  type FileOptions,
  fileSources,
  flagSource,
  type SettingName,
  type SettingsSource,
} from './sources.ts'

/** The source of a setting, such as `--env` or `CRONITOR_ENV in /etc/cronitor/cronitor.json`; undefined for the default. */
export function settingOrigins(options: FileOptions): (name: SettingName) => string | undefined {
  const sources = allSources(options)
  return name => sources.find(source => source.get(name) !== undefined)?.nameOf(name)
}

export interface SettingInSource {
  /** As `settingOrigins` has it. */
  readonly origin: string
  /** Text from a flag or the environment, any JSON from a file. It can be a key. */
  readonly value: unknown
}

/** A setting in all sources that have it: the first one is used. */
export function settingInSources(options: FileOptions): (name: SettingName) => readonly SettingInSource[] {
  const sources = allSources(options)
  return name =>
    sources
      .map(source => ({ origin: source.nameOf(name), value: source.get(name) }))
      .filter(({ value }) => value !== undefined)
}

/** The source of the key that events are sent with, by the rules of keys.ts; undefined if there is no key. */
export function keyOrigin(options: FileOptions, key: string | undefined): string | undefined {
  if (key === undefined) return undefined
  const sources = allSources(options)
  const has = (name: SettingName) => sources.find(source => source.get(name) !== undefined)
  const ping = has('CRONITOR_PING_API_KEY')
  if (ping?.get('CRONITOR_PING_API_KEY') === key) return ping.nameOf('CRONITOR_PING_API_KEY')
  for (const source of sources) {
    for (const name of ['CRONITOR_API_KEY', 'CRONITOR_API_KEY_FILE'] as const)
      if (source.get(name) !== undefined) return source.nameOf(name)
  }
  return undefined
}

function allSources(options: FileOptions): readonly SettingsSource[] {
  return [flagSource(options.flags), environmentSource(options.env), ...fileSources(options)]
}
