/** No API key is written to disk. */

import { MAX_MESSAGE_LENGTH } from '../telemetry/api-limits.ts'
import type { Message, TelemetryEvent } from '../telemetry/event.ts'
import { redact } from '../telemetry/redact.ts'

/** No API key is written to disk: what an event says is redacted; its monitor's key is where it goes, and stays. */
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

/** Does the part of an event that cannot be redacted hold a key? It then cannot be kept. */
export function hasSecretInMonitorKey({ monitorKey }: TelemetryEvent, secrets: readonly string[]): boolean {
  return redact(monitorKey, secrets) !== monitorKey
}

/** No more than a request can carry is kept, of up to 64 KiB. */
function shortMessage({ output, earlierBytes, reason }: Message, clean: (text: string) => string): Message {
  const text = clean(output)
  let from = Math.max(0, text.length - MAX_MESSAGE_LENGTH)
  // Not between the halves of a pair.
  if (/[\udc00-\udfff]/.test(text.charAt(from))) from += 1
  return {
    output: text.slice(from),
    earlierBytes: earlierBytes + Buffer.byteLength(text.slice(0, from)),
    ...(reason !== undefined && { reason: clean(reason) }),
  }
}
