/** The address of the API. */

import type { TelemetryUrl } from '../../../settings/settings.ts'
import { type CheckResult, fine, problem, warning } from '../check-result.ts'

export function checkUrl(url: TelemetryUrl, origin: string | undefined, hasKey: boolean): CheckResult {
  if (url.kind === 'unusable') return problem('url', url.problem, 'correct it: nothing is sent until then')
  const { base, isBuiltIn } = url
  const facts = { url: base, from: origin }
  const message = isBuiltIn && origin === undefined ? `${base}, the default` : `${base}, by ${origin}`
  const { protocol, hostname } = new URL(base)
  return protocol === 'http:' && hasKey && !isThisHost(hostname)
    ? warning('url', `${message}: the key is sent without encryption`, 'use https://', facts)
    : fine('url', message, facts)
}

function isThisHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
