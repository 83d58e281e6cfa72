/** Removes API keys from events before they are written to disk. */

import { MAX_MESSAGE_LENGTH } from '../telemetry/api-limits.ts'
import type { Message, TelemetryEvent } from '../telemetry/event.ts'
import { redact } from '../telemetry/redact.ts'

/** Redacts all texts of an event except the monitor key, and shortens the message to what a request can carry. */
export function redactEvent(event: TelemetryEvent, secrets: readonly string[]): TelemetryEvent {
  const clean = (text: string) => redact(text, secrets)
  const { series, host, env, message } = event
  return {
    ...event,
    ...(series !== undefined && { series: clean(series) }),
    ...(host !== undefined && { host: clean(host) }),
    ...(env !== undefined && { env: clean(env) }),
    ...(message !== undefined && { message: shortMessage(message, clean) }),
  }
}

/** True if the monitor key contains an API key. It cannot be redacted, so the event must not be written to disk. */
export function hasSecretInMonitorKey({ monitorKey }: TelemetryEvent, secrets: readonly string[]): boolean {
  return redact(monitorKey, secrets) !== monitorKey
}

/** The end of the output, which has up to 64 KiB. */
function shortMessage({ output, earlierBytes, reason }: Message, clean: (text: string) => string): Message {
  const text = clean(output)
  let from = Math.max(0, text.length - MAX_MESSAGE_LENGTH)
  // Does not split a surrogate pair.
  if (/[\udc00-\udfff]/.test(text.charAt(from))) from += 1
  return {
    output: text.slice(from),
    earlierBytes: earlierBytes + Buffer.byteLength(text.slice(0, from)),
    ...(reason !== undefined && { reason: clean(reason) }),
  }
}
