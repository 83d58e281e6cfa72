/** One telemetry event from a shell script. */

import { writeSync } from 'node:fs'
import { loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/settings.ts'
import type { Message, TelemetryEvent } from '../telemetry/event.ts'
import { composeMessage } from '../telemetry/message.ts'
import { buildRequest, describeRequest } from '../telemetry/request.ts'
import { destinationOf } from './destination.ts'
import { openDelivery } from './open-delivery.ts'
import { createOwnWords, type OwnWords } from './own-words.ts'
import type { PingRequest } from './ping-command.ts'
import { tellUndelivered } from './reports.ts'
import { readStdinText } from './stdin-text.ts'

/** Resolves with the exit status: 0 where the event was delivered (or shown, with --dry-run), 1 where not. */
export async function ping(request: PingRequest): Promise<0 | 1> {
  const { flags } = request
  const own = createOwnWords('cronitor', flags)
  const { settings, warnings } = loadSettings({ flags, env: process.env })
  own.conceal(settings.secrets)
  for (const warning of warnings) own.warn(warning)
  const event = eventOf(request, settings, own)
  const destination = destinationOf(settings)

  if (flags.dryRun) {
    const shown = destination ?? {
      baseUrl: settings.url,
      access: { kind: 'key', apiKey: 'no-api-key' },
      method: settings.method,
    }
    writeSync(1, `${describeRequest(buildRequest(event, shown, settings.secrets), settings.secrets)}\n`)
    if (destination === undefined) own.warn('no API key; no-api-key stands in its place')
    own.tellWarnings()
    return 0
  }
  if (destination === undefined) {
    own.warn(
      'nothing was sent, there is no API key: set CRONITOR_API_KEY or CRONITOR_API_KEY_FILE, or use --api-key-file',
    )
    own.tellWarnings()
    return 1
  }
  const delivery = openDelivery(settings, destination, own)
  delivery.add(event)
  const results = await delivery.settle(settings.deliverWithinMs)
  tellUndelivered(results, settings.deliverWithinMs, own)
  own.tellWarnings()
  return results.every(({ kind }) => kind === 'delivered') ? 0 : 1
}

function eventOf(request: PingRequest, settings: Settings, own: OwnWords): TelemetryEvent {
  const { monitorKey, state, flags } = request
  const { hostname: host, env } = settings
  const series = flags.series || process.env.CRONITOR_SERIES
  const message = messageOf(flags.msg, settings.secrets, own)
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

function messageOf(text: string | undefined, secrets: readonly string[], own: OwnWords): Message | undefined {
  if (text === undefined || text === '') return undefined
  if (text !== '-') {
    const tail = Buffer.from(text)
    return composeMessage({ tail, totalBytes: tail.length, secrets })
  }
  const { tail, totalBytes, problem } = readStdinText()
  if (problem !== undefined) own.warn(`stdin could not be read to its end (${problem})`)
  return composeMessage({ tail, totalBytes, secrets })
}
