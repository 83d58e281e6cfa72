/** Where each setting comes from: a flag, a variable, a file or the default. */

import { SYSTEM_FILE } from './defaults.ts'
import {
  type Environment,
  environmentSource,
  fileSources,
  flagSource,
  type SettingName,
  type SettingsFlags,
} from './sources.ts'

export interface OriginOptions {
  readonly flags: SettingsFlags
  readonly env: Environment
  /** The effective user ID. */
  readonly euid: number
  /** Default: `SYSTEM_FILE`. */
  readonly systemFile?: string
}

/** The source of a setting, such as `--env` or `CRONITOR_ENV in /etc/cronitor/cronitor.json`; undefined for the default. */
export function settingOrigins(options: OriginOptions): (name: SettingName) => string | undefined {
  const { flags, env } = options
  const sources = [
    flagSource(flags),
    environmentSource(env),
    ...fileSources({ systemFile: SYSTEM_FILE, ...options }),
  ]
  return name => sources.find(source => source.get(name) !== undefined)?.nameOf(name)
}
