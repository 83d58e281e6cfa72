/** One telemetry event from a shell script. */

import type { EventResult } from '../../client/event-result.ts'
import { buildRequest, describeRequest } from '../../client/request.ts'
import { leaveAs, leaveWith } from '../../job/leave.ts'
import { type DestinationChoice, destinationOf, NO_KEY } from '../../report/destination.ts'
import { KEEP_MS, keepResults } from '../../report/keep-results.ts'
import { createNotices, type Notices } from '../../report/notices/notices.ts'
import { openDelivery } from '../../report/open-delivery.ts'
import {
  behindOthers,
  deliverWaiting,
  dispatch,
  happensNow,
  isBehindOthers,
  noAnswer,
  openKeeper,
  recoverAndSchedule,
  SPOOL,
  type SpoolKeeper,
  useNewKey,
  withoutAddress,
} from '../../report/spool-keeper.ts'
import type { Settings } from '../../settings/settings.ts'
import { openSharedRateLimit } from '../../spool/shared-rate-limit.ts'
import { monotonicMs } from '../../system/clock.ts'
import { stopFileCalls, whileAnswering } from '../../system/hung-file-system.ts'
import { printable } from '../../system/printable.ts'
import { sleep } from '../../system/sleep.ts'
import { withTimeLimit } from '../../system/time-limit.ts'
import { composeMessage } from '../../telemetry/compose-message.ts'
import type { Destination, Message, TelemetryEvent } from '../../telemetry/event.ts'
import { loadWithPipes } from '../load-with-pipes.ts'
import { print } from '../terminal/print.ts'
import type { PingRequest } from './ping-request.ts'
import { readStdinText } from './stdin-text.ts'

/** Resolves with the exit status: 0 where the event was delivered, is safe in the spool, or was shown (--dry-run); 1 where not. */
export async function ping(request: PingRequest): Promise<0 | 1> {
  const { flags } = request
  const notices = createNotices('cronitor', flags)
  const { settings, warnings } = await loadWithPipes({ flags, env: process.env })
  notices.hideSecrets(settings.secrets)
  for (const warning of warnings) notices.warn(warning)
  const event = eventOf(request, settings, notices)
  const target = destinationOf(settings)

  if (flags.dryRun) {
    const status = show(event, target, settings, notices)
    notices.printWarnings()
    return status
  }
  if (target.kind === 'no-key') {
    if (!settings.isMissingKeyExplained) notices.warn(`nothing was sent, ${NO_KEY}`)
    notices.printWarnings()
    return 1
  }
  const happened = happensNow()
  const keeping = openKeeper(settings, notices)
  const ended = endedBySignal()
  const looking = keeping.then(keeper => keeper !== undefined && isBehindOthers(keeper, event))
  const { deliverWithinMs: stayMs } = settings
  const end = monotonicMs() + stayMs
  const leftMs = () => Math.max(0, end - monotonicMs())
  // Undefined if the file system does not answer.
  const isBehind = await withTimeLimit(looking, Math.min(stayMs / 2, LOOK_MS), ended.signal)
  const stay = () => ({ withinMs: leftMs(), stopWaiting: ended.signal })
  let result: EventResult
  if (target.kind === 'no-address') result = withoutAddress(event, target.problem)
  else if (isBehind) result = behindOthers(event)
  else {
    const keeper = isBehind === undefined ? undefined : await keeping
    result = await deliver(event, target.destination, keeper, { settings, notices, ...stay() })
  }
  const { waits, isSafe } = await keepResults([result], [happened], keeping, settings, notices, {
    withinMs: leftMs() + KEEP_MS,
    tidyMs: ended.signal.aborted ? 0 : leftMs(),
  })
  const tending = keeping.then(async keeper => {
    if (keeper === undefined) return
    if (waits && target.kind === 'open') await sendWaiting(keeper, target.destination, result, stay())
    else await recoverAndSchedule(keeper)
  })
  const tendMs = Math.max(leftMs(), TEND_MS)
  await withTimeLimit(whileAnswering(tending, tendMs), tendMs, ended.signal)
  const hangs = !(await stopFileCalls())
  if (hangs && result.kind !== 'undelivered')
    notices.warn(`events cannot be kept on disk: ${noAnswer(settings.spoolDir ?? '')}`, SPOOL)
  notices.printWarnings()
  const by = ended.by()
  // As it would have without a handler; the event is kept by now.
  if (by !== undefined) leaveAs({ kind: 'killed', signal: by, durationMs: 0 })
  const status = isSafe ? 0 : 1
  return hangs ? leaveWith(status, hangs) : status
}

/** `--dry-run`: 1 if there is no address that the request could go to. */
function show(event: TelemetryEvent, target: DestinationChoice, settings: Settings, notices: Notices): 0 | 1 {
  if (settings.url.kind === 'unusable') {
    notices.warn(settings.url.problem)
    return 1
  }
  const shown: Destination =
    target.kind === 'open'
      ? target.destination
      : {
          baseUrl: settings.url.base,
          access: { kind: 'key', apiKey: 'no-api-key' },
          method: settings.method,
        }
  print(`${printable(describeRequest(buildRequest(event, shown, settings.secrets), settings.secrets))}\n`)
  if (target.kind === 'no-key' && !settings.isMissingKeyExplained)
    notices.warn('no API key; no-api-key stands in its place')
  return 0
}

/** How long it is looked for earlier events of the series before this one is sent in any case, in milliseconds. */
const LOOK_MS = 2000

/** How long a ping looks after the spool at the least, in milliseconds. */
const TEND_MS = 200

/** A signal that ends this process ends the delivery first, so that the event can be kept. */
function endedBySignal(): { readonly signal: AbortSignal; by(): NodeJS.Signals | undefined } {
  const ended = new AbortController()
  let by: NodeJS.Signals | undefined
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(name, () => {
      by ??= name
      ended.abort()
    })
  }
  return { signal: ended.signal, by: () => by }
}

async function deliver(
  event: TelemetryEvent,
  destination: Destination,
  keeper: SpoolKeeper | undefined,
  how: {
    readonly settings: Settings
    readonly notices: Notices
    readonly withinMs: number
    readonly stopWaiting: AbortSignal
  },
): Promise<EventResult> {
  const { settings, notices } = how
  const delivery = openDelivery({
    settings,
    destination,
    notices,
    onNewKey: apiKey => keeper && useNewKey(keeper, apiKey),
    sharedLimit:
      keeper && openSharedRateLimit(keeper.spool, new URL(destination.baseUrl).origin, monotonicMs),
  })
  delivery.add(event)
  const [result] = await delivery.settle(how.withinMs, how.stopWaiting)
  return result ?? behindOthers(event)
}

/** By a courier. Without one, from here, but only if this event was held back by earlier ones alone. */
async function sendWaiting(
  keeper: SpoolKeeper,
  destination: Destination,
  result: EventResult,
  stay: { readonly withinMs: number; readonly stopWaiting: AbortSignal },
): Promise<void> {
  dispatch(keeper)
  const { settings } = keeper
  if (settings.courier || result.kind !== 'undelivered' || result.tries > 0) return
  const over = new AbortController()
  void sleep(stay.withinMs, stay.stopWaiting).then(() => over.abort())
  await deliverWaiting(keeper, destination, 'ping', over.signal)
}

function eventOf(request: PingRequest, settings: Settings, notices: Notices): TelemetryEvent {
  const { monitorKey, state, flags } = request
  const { hostname: host, env } = settings
  const series = flags.series || process.env.CRONITOR_SERIES?.trim()
  const message = messageOf(flags.msg, settings.secrets, notices)
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
