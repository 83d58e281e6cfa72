/** Wrong values of settings. */

import { type CheckResult, fine, warning } from '../check-result.ts'

/** @param warnings about single settings; they name the setting, what was expected, and what is used instead */
export function checkSettingsValues(warnings: readonly string[]): CheckResult {
  const [first, ...more] = warnings
  if (first === undefined) return fine('settings-values', 'all values are right')
  const message = more.length === 0 ? first : warnings.join('; ')
  return warning('settings-values', message, 'correct it', { warnings })
}
