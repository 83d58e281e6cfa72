/** Where each setting comes from: a flag, a variable, a file or the default. */

import { environmentSource, type FileOptions, fileSources, flagSource, type SettingName } from './sources.ts'

/** The source of a setting, such as `--env` or `CRONITOR_ENV in /etc/cronitor/cronitor.json`; undefined for the default. */
export function settingOrigins(options: FileOptions): (name: SettingName) => string | undefined {
  const { flags, env } = options
  const sources = [flagSource(flags), environmentSource(env), ...fileSources(options)]
  return name => sources.find(source => source.get(name) !== undefined)?.nameOf(name)
}
