/** `cronitor ping --dry-run`: shows the request instead of sending it. */

import { buildRequest, describeRequest } from '../../client/request.ts'
import { destinationOf } from '../../report/destination.ts'
import { PLACEHOLDER_SHOWN } from '../../report/notices/missing-key.ts'
import type { Notices } from '../../report/notices/notices.ts'
import type { Settings } from '../../settings/settings.ts'
import { printable } from '../../system/printable.ts'
import type { Destination, TelemetryEvent } from '../../telemetry/event.ts'
import { print } from '../terminal/print.ts'

/** Returns the exit status: 1 if there is no address for the request. */
export function showRequest(event: TelemetryEvent, settings: Settings, notices: Notices): 0 | 1 {
  const { url, method, secrets } = settings
  if (url.kind === 'unusable') {
    notices.warn(url.problem)
    return 1
  }
  const target = destinationOf(settings)
  const shown: Destination =
    target.kind === 'open'
      ? target.destination
      : { baseUrl: url.base, access: { kind: 'key', apiKey: 'no-api-key' }, method }
  print(`${printable(describeRequest(buildRequest(event, shown, secrets), secrets))}\n`)
  if (target.kind === 'no-key' && !settings.isMissingKeyExplained) notices.warn(PLACEHOLDER_SHOWN)
  return 0
}
