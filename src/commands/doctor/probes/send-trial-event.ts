/** Sends one event, without the spool. */

import { openClient } from '../../../client/http.ts'
import type { ApiAnswer } from '../../../client/outcome.ts'
import type { ClientEnvironment } from '../../../client/proxy.ts'
import { buildRequest } from '../../../client/request.ts'
import { destinationOf } from '../../../report/destination.ts'
import type { Settings } from '../../../settings/settings.ts'
import { VERSION } from '../../../system/version.ts'

const MESSAGE = 'Sent by cronitor doctor'

/** Undefined if there is no key or no address. Never rejects. */
export async function sendTrialEvent(
  monitorKey: string,
  settings: Settings,
  env: ClientEnvironment,
  timeoutMs: number,
): Promise<ApiAnswer | undefined> {
  const target = destinationOf(settings)
  if (target.kind !== 'open') return undefined
  const { hostname: host, env: name, secrets } = settings
  const event = {
    monitorKey,
    state: 'ok',
    host,
    metrics: [],
    ...(name !== undefined && { env: name }),
    message: { output: MESSAGE, earlierBytes: 0 },
  } as const
  const request = buildRequest(event, target.destination, secrets)
  const client = await openClient({ origin: request.origin, env, version: VERSION, tryTimeoutMs: timeoutMs })
  try {
    return await client.send(request)
  } finally {
    client.close()
  }
}
