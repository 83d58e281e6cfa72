/** The checks of settings. They send nothing. */

import type { LoadedSettings } from '../../settings/load.ts'
import { keyOrigin, settingInSources, settingOrigins } from '../../settings/setting-origins.ts'
import { type FileOptions, SETTING_NAMES } from '../../settings/sources.ts'
import { keyFingerprint } from '../../spool/delivery-scope.ts'
import type { CheckResult } from './check-result.ts'
import { checkApiKey } from './checks/api-key.ts'
import { checkSettings } from './checks/settings.ts'
import { checkSettingsFiles } from './checks/settings-files.ts'
import { checkSettingsValues } from './checks/settings-values.ts'
import { checkUrl } from './checks/url.ts'
import { foundFiles } from './probes/found-files.ts'

export function examineSettings(options: FileOptions, { settings, warnings }: LoadedSettings): CheckResult[] {
  const { key, url, anonymous } = settings
  const sourcesOf = settingInSources(options)
  const aboutFiles = warnings.filter(text => text.startsWith('settings file is not used: '))
  const aboutKeys = warnings.filter(text => KEY_WARNING.test(text))
  const aboutUrl = url.kind === 'unusable' ? warnings.filter(text => text.startsWith(url.problem)) : []
  const known = new Set([...aboutFiles, ...aboutKeys, ...aboutUrl])
  return [
    checkSettingsFiles(foundFiles(options)),
    checkSettingsValues(
      warnings.filter(text => !known.has(text) || (key !== undefined && aboutKeys.includes(text))),
    ),
    checkSettings(SETTING_NAMES.map(name => ({ name, sources: sourcesOf(name) }))),
    checkApiKey({
      fingerprint: key === undefined ? undefined : keyFingerprint(key),
      origin: keyOrigin(options, key),
      isAnonymous: anonymous,
      problems: [...aboutKeys, ...aboutFiles],
    }),
    checkUrl(url, settingOrigins(options)('CRONITOR_TELEMETRY_URL'), key !== undefined && !anonymous),
  ]
}

/** As chooseKey in settings/keys.ts writes them. */
const KEY_WARNING = /^(?:--(?:ping-)?api-key(?:-file)?|CRONITOR_(?:PING_)?API_KEY(?:_FILE)?)(?: in .+)?: /
