import type { PingOptions } from './options.ts'
import type { PingResult } from './results.ts'
import { sendPing } from './send-ping.ts'

/**
 * Sends one telemetry event, as `cronitor ping` does. Resolves when it is delivered, refused, kept or lost, within
 * `deliverWithin`. The event is also sent if this process ends meanwhile.
 *
 * @param monitorKey 1 to 128 characters without white space or control characters
 * @throws WrongArgumentError (as a rejection) if an argument is wrong; then nothing was sent. Nothing else makes it reject.
 * @example
 * await ping('nightly-backup', { state: 'complete', message: '42 files', metrics: { count: 42 } })
 */
export async function ping(monitorKey: string, options: PingOptions): Promise<PingResult> {
  return sendPing(monitorKey, options)
}
