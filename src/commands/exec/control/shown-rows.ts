/** The rows of --print-command: a name, its value, and where that comes from. */

import type { Settings } from '../../../settings/settings.ts'
import type { SettingName } from '../../../settings/sources.ts'
import { joinedUrls } from '../../../settings/values.ts'
import { formatDuration } from '../../../system/duration.ts'
import { formatSize } from '../../../system/size.ts'
import type { OptionRow } from '../../option-table.ts'
import type { ExecFlags } from '../exec-command.ts'
import { CONTROL_OPTIONS } from './control-options.ts'
import { attributeOf, nameOf, type ReadControl } from './read-control.ts'

export type ShownRow = readonly [name: string, value: string, origin: string]

const DEFAULT = 'default'
const NOT_SET = 'not set'

/** One row for each option of job control that is in force. */
export function controlRows({ control, origins }: ReadControl): ShownRow[] {
  const values = new Map<string, unknown>(Object.entries(control))
  const from = new Map<string, string>(origins)
  return CONTROL_OPTIONS.flatMap((row): ShownRow[] => {
    const value = values.get(attributeOf(row))
    if (value === undefined || row.isNoSetting) return []
    return [[nameOf(row), shownValue(row, value), from.get(attributeOf(row)) ?? DEFAULT]]
  })
}

function shownValue({ flags }: OptionRow, value: unknown): string {
  if (typeof value === 'number' && flags.includes('<duration>')) return formatDuration(value)
  if (typeof value === 'number' && flags.includes('<size>')) return formatSize(value)
  if (value instanceof Set) return [...value].join(',')
  if (value === true) return 'yes'
  return Array.isArray(value) ? value.join(' | ') : String(value)
}

/** All settings, also those that have their default. */
export function settingRows(
  settings: Settings,
  originOf: (name: SettingName) => string | undefined,
  flags: ExecFlags,
): ShownRow[] {
  const yes = (isOn: boolean): string => (isOn ? 'yes' : 'no')
  const key = (name: SettingName): string => (originOf(name) === undefined ? NOT_SET : '[redacted]')
  const { url } = settings
  const values: Readonly<Record<SettingName, string | undefined>> = {
    CRONITOR_API_KEY: key('CRONITOR_API_KEY'),
    CRONITOR_API_KEY_FILE: settings.keyFile ?? (originOf('CRONITOR_API_KEY_FILE') && 'not used'),
    CRONITOR_PING_API_KEY: key('CRONITOR_PING_API_KEY'),
    CRONITOR_ENV: settings.env,
    CRONITOR_HOSTNAME: settings.hostname,
    CRONITOR_TELEMETRY_URL: url.kind === 'usable' ? joinedUrls(url) : 'cannot be used',
    CRONITOR_DELIVER_WITHIN: formatDuration(settings.deliverWithinMs),
    CRONITOR_SPOOL_DIR: settings.spoolDir,
    CRONITOR_NO_SPOOL: yes(!settings.spool),
    CRONITOR_SPOOL_MAX_AGE: formatDuration(settings.spoolMaxAgeMs),
    CRONITOR_SPOOL_MAX_SIZE: formatSize(settings.spoolMaxBytes),
    CRONITOR_NO_COURIER: yes(!settings.courier),
    CRONITOR_NO_STAMP: yes(!settings.stamp),
    CRONITOR_LOG: settings.log,
    CRONITOR_ANONYMOUS: yes(settings.anonymous),
    CRONITOR_SHELL: flags.shell ?? process.env.CRONITOR_SHELL,
  }
  const rows = Object.entries(values).map(([name, value]): ShownRow => {
    const origin = originOf(name as SettingName)
    return [name, value || NOT_SET, origin === name ? 'environment' : (origin ?? DEFAULT)]
  })
  const method = flags.method === undefined ? DEFAULT : '--method'
  return [...rows, ['method', settings.method, method]]
}
