/** Which settings are set, and which of several sources is used. */

import type { SettingInSource } from '../../../settings/setting-origins.ts'
import { shownUrl } from '../../../settings/values.ts'
import { type CheckResult, fine } from '../check-result.ts'

export interface FoundSetting {
  readonly name: string
  /** The first one is used. */
  readonly sources: readonly SettingInSource[]
}

export function checkSettings(settings: readonly FoundSetting[]): CheckResult {
  const set = settings.filter(({ sources }) => sources.length > 0)
  const facts = set.map(({ name, sources: [used, ...others] }) => [
    name,
    {
      from: placeOf(name, used?.origin),
      value: shownValue(name, used?.value),
      instead_of: others.map(({ origin }) => placeOf(name, origin)),
    },
  ])
  const message = set.map(described).join('; ') || 'none is set: the defaults are used'
  return fine('settings', message, { settings: Object.fromEntries(facts) })
}

function described({ name, sources: [used, ...others] }: FoundSetting): string {
  const value = shownValue(name, used?.value)
  const not = others.map(({ origin }) => `, not from ${placeOf(name, origin)}`).join('')
  return `${name}${value === undefined ? '' : ` ${value}`} from ${placeOf(name, used?.origin)}${not}`
}

/** `--env`, `the environment`, or the path of a file. */
function placeOf(name: string, origin = ''): string {
  return origin === name ? 'the environment' : origin.replace(`${name} in `, '')
}

const KEY = /^CRONITOR_(?:PING_)?API_KEY$/
const MAX_LENGTH = 80

/** Undefined for a key. */
function shownValue(name: string, value: unknown): string | undefined {
  if (KEY.test(name)) return undefined
  if (name === 'CRONITOR_TELEMETRY_URL') return shownUrl(value).replace(/^"(.*)"$/, '$1')
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
}
