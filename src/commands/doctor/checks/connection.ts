/** Whether the API's host answers, and how fast. */

import { formatDuration } from '../../../system/duration.ts'
import { type CheckResult, fine, problem, warning } from '../check-result.ts'
import type { ServerProbe } from '../probes/probe-server.ts'

export function checkConnection(host: string, probe: ServerProbe, deliverWithinMs: number): CheckResult {
  if (probe.kind === 'failed') {
    const advice = probe.isAboutProxy
      ? 'see HTTPS_PROXY and NO_PROXY'
      : 'check --url, the network and the firewall'
    return problem('connection', probe.problem, advice)
  }
  const { status, elapsedMs } = probe
  const facts = { status, ms: elapsedMs }
  const message = `${host} answers after ${elapsedMs} ms (HTTP status ${status})`
  if (status === 407) {
    return problem(
      'connection',
      message,
      'the proxy asks for a user name and a password: set them in its URL',
      facts,
    )
  }
  if (status >= 500)
    return warning('connection', message, 'events are kept and sent later, while this lasts', facts)
  // A run sends two events, and needs a connection for the first.
  if (2 * elapsedMs > deliverWithinMs) {
    const limit = formatDuration(deliverWithinMs)
    return warning(
      'connection',
      message,
      `events may be kept and sent later: raise --deliver-within (${limit})`,
      facts,
    )
  }
  return fine('connection', message, facts)
}
