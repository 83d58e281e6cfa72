/** Reads what a run is asked for in job control: the command line has precedence over settings files. */

import { type JobSetting, jobSettings } from '../../../settings/job-settings.ts'
import type { FileOptions } from '../../../settings/sources.ts'
import { errorMessage } from '../../../system/error-message.ts'
import type { OptionRow } from '../../option-table.ts'
import type { ExecFlags } from '../exec-command.ts'
import type { Control } from './control.ts'
import { CONTROL_OPTIONS } from './control-options.ts'

export interface ReadControl {
  readonly control: Control
  /** Where each value comes from, by commander's names: `--timeout`, or the origin of a setting in a file. */
  readonly origins: ReadonlyMap<keyof Control, string>
  /** A wrong value in a file gives a warning, and counts as not given. */
  readonly warnings: readonly string[]
}

export function readControl(
  monitorKey: string,
  flags: ExecFlags,
  options: Omit<FileOptions, 'flags'>,
): ReadControl {
  const { settings, warnings: wrong } = jobSettings(monitorKey, { ...options, flags })
  const warnings = [...wrong]
  const values: Record<string, unknown> = {}
  const origins = new Map<string, string>()
  const given: Readonly<Record<string, unknown>> = { ...flags }
  for (const setting of settings) {
    const row = CONTROL_OPTIONS.find(each => nameOf(each) === setting.name && !each.isNoSetting)
    if (row === undefined) {
      warnings.push(`${setting.origin}: there is no such setting; going on without it`)
      continue
    }
    const parsed = parseSetting(row, setting)
    if (!parsed.ok) warnings.push(`${setting.origin}: ${parsed.problem}; going on without it`)
    else {
      values[attributeOf(row)] = parsed.value
      origins.set(attributeOf(row), setting.origin)
    }
  }
  for (const row of CONTROL_OPTIONS) {
    const attribute = attributeOf(row)
    if (given[attribute] === undefined) continue
    values[attribute] = given[attribute]
    origins.set(attribute, `--${nameOf(row)}`)
  }
  return { control: values as Control, origins: origins as Map<keyof Control, string>, warnings }
}

type ParsedValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string }

/** A switch is true or false; another option is text or a number, or a list of them if it can be given several times. */
function parseSetting(row: OptionRow, { value }: JobSetting): ParsedValue {
  const { parse } = row
  if (!row.flags.includes('<')) {
    if (typeof value !== 'boolean') return { ok: false, problem: 'expected true or false' }
    return { ok: true, value: value || undefined }
  }
  const texts = Array.isArray(value) ? value : [value]
  if (texts.length > 1 && row.repeatable !== true) return { ok: false, problem: 'expected one value' }
  let result: unknown
  for (const each of texts) {
    if (typeof each !== 'string' && typeof each !== 'number')
      return { ok: false, problem: 'expected text or a number' }
    try {
      result = parse === undefined ? String(each) : parse(String(each), result)
    } catch (error) {
      return { ok: false, problem: errorMessage(error) }
    }
  }
  return { ok: true, value: result }
}

/** `--success-status <statuses>` is `success-status` in a file. */
export function nameOf({ flags }: OptionRow): string {
  return /--([a-z-]+)/.exec(flags)?.[1] ?? ''
}

/** As commander names it: `successStatus`. */
export function attributeOf(row: OptionRow): string {
  return nameOf(row).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
