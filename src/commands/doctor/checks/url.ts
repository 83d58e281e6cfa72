/** The address of the API. */

import type { TelemetryUrl } from '../../../settings/settings.ts'
import { joinedUrls } from '../../../settings/values.ts'
import { type CheckResult, fine, problem, warning } from '../check-result.ts'

export function checkUrl(url: TelemetryUrl, origin: string | undefined, hasKey: boolean): CheckResult {
  if (url.kind === 'unusable') return problem('url', url.problem, 'correct it: nothing is sent until then')
  const { isBuiltIn } = url
  const all = [url.base, ...(url.others ?? [])]
  const facts = { url: joinedUrls(url), from: origin }
  const shown = all.join(' or ')
  const message = isBuiltIn && origin === undefined ? `${shown}, the default` : `${shown}, by ${origin}`
  const isOpen = all.some(each => {
    const { protocol, hostname } = new URL(each)
    return protocol === 'http:' && !isThisHost(hostname)
  })
  return isOpen && hasKey
    ? warning('url', `${message}: the key is sent without encryption`, 'use https://', facts)
    : fine('url', message, facts)
}

function isThisHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
