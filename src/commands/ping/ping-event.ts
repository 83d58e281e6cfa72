/** The telemetry event that the options of `cronitor ping` describe. */

import type { Notices } from '../../report/notices/notices.ts'
import type { Settings } from '../../settings/settings.ts'
import { composeMessage } from '../../telemetry/compose-message.ts'
import type { Message, TelemetryEvent } from '../../telemetry/event.ts'
import type { PingRequest } from './ping-request.ts'
import { readStdinText } from './stdin-text.ts'

/** With `--msg -` it blocks until the end of standard input. */
export function pingEvent(
  { monitorKey, state, flags }: PingRequest,
  settings: Settings,
  notices: Notices,
): TelemetryEvent {
  const { hostname: host, env, secrets } = settings
  const series = flags.series || process.env.CRONITOR_SERIES?.trim()
  const message = messageOf(flags.msg, secrets, notices)
  return {
    monitorKey,
    state,
    host,
    metrics: [...(flags.metric ?? []), ...(flags.duration ? [flags.duration] : [])],
    ...(env !== undefined && { env }),
    ...(series && { series }),
    ...(flags.statusCode !== undefined && { statusCode: flags.statusCode }),
    ...(message && { message }),
  }
}

function messageOf(
  text: string | undefined,
  secrets: readonly string[],
  notices: Notices,
): Message | undefined {
  if (text === undefined || text === '') return undefined
  if (text !== '-') {
    const tail = Buffer.from(text)
    return composeMessage({ tail, totalBytes: tail.length, secrets })
  }
  const { tail, totalBytes, problem } = readStdinText()
  if (problem !== undefined)
    notices.warn(`stdin could not be read to its end: ${problem === 'EISDIR' ? 'it is a folder' : problem}`)
  return composeMessage({ tail, totalBytes, secrets })
}
