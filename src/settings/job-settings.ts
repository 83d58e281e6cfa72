/** Settings for the jobs of a monitor: the member `jobs` of a settings file, by monitor key, or `*` for all. */

import { isObject } from '../system/json-object.ts'
import { readRegularFile } from '../system/regular-file.ts'
import { type FileOptions, fileSources, settingsFiles } from './sources.ts'

export interface JobSetting {
  readonly name: string
  /** Any JSON but null and empty text. */
  readonly value: unknown
  /** Such as `timeout of nightly-backup in /etc/cronitor/cronitor.json`. */
  readonly origin: string
}

export interface JobSettings {
  /** At most one for each name. */
  readonly settings: readonly JobSetting[]
  readonly warnings: readonly string[]
}

const ALL = '*'
const MAX_BYTES = 1024 * 1024

/**
 * True if a settings file may have such settings. Costs little, because it delays each job. The file is not checked here: nothing
 * of it is used.
 */
export function mayHaveJobSettings(options: FileOptions): boolean {
  return settingsFiles(options).some(({ path }) => {
    const file = readRegularFile(path, MAX_BYTES)
    return file.ok && file.text.includes('"jobs"')
  })
}

/**
 * The user's file has precedence over the system's, and in a file the monitor's entry over `*`. The settings of a file that cannot
 * be used are ignored; `loadSettings` warns about the file.
 */
export function jobSettings(monitorKey: string, options: FileOptions): JobSettings {
  const settings = new Map<string, JobSetting>()
  const warnings: string[] = []
  for (const { jobs } of fileSources(options)) {
    if (jobs?.section === undefined) continue
    const { file, section } = jobs
    if (!isObject(section)) {
      warnings.push(
        `jobs in ${file}: expected an object with a member for each monitor key; going on without it`,
      )
      continue
    }
    for (const key of [monitorKey, ALL]) {
      // `Object.hasOwn`: a monitor may be called `constructor`.
      const entry = Object.hasOwn(section, key) ? section[key] : undefined
      if (entry === undefined) continue
      if (!isObject(entry)) {
        warnings.push(`jobs.${key} in ${file}: expected an object of settings; going on without it`)
        continue
      }
      for (const [name, value] of Object.entries(entry)) {
        if (value === null || value === '' || settings.has(name)) continue
        settings.set(name, { name, value, origin: `${name} of ${key} in ${file}` })
      }
    }
  }
  return { settings: [...settings.values()], warnings }
}
