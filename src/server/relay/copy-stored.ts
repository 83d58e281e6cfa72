/** Copies stored events into the relay's spool. A cursor in the store says which event was copied last. */

import type { KeyFingerprint } from '../../spool/delivery-scope.ts'
import { listEvents } from '../../spool/list-events.ts'
import { putEvents } from '../../spool/put-events.ts'
import { hasSecretInMonitorKey, redactEvent } from '../../spool/redact-event.ts'
import type { Spool } from '../../spool/spool.ts'
import type { SpooledEvent } from '../../spool/spooled-event.ts'
import { shortHash } from '../../system/short-hash.ts'
import type { Metric, TelemetryEvent } from '../../telemetry/event.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import { type ForwardMark, spoolIdOfStored, storedIdOf } from './forward-mark.ts'

export type RelayStore = Pick<
  Store,
  'events' | 'cursor' | 'setCursor' | 'moveCursor' | 'newest' | 'newestOlderThan' | 'onStored'
>

export interface CopyTools {
  readonly store: RelayStore
  readonly spool: Spool
  readonly key: KeyFingerprint
  /** API keys, which are never written to disk. */
  readonly secrets: readonly string[]
  /** True if an event keeps the `stamp` with which it was received. */
  readonly stamp: boolean
  /** Undefined if no other server may go on here. */
  readonly mark?: ForwardMark | undefined
}

export interface CopyResult {
  /** `more`: the store has more events; `all`: it has none; `full`: the spool has no room for the next one. */
  readonly kind: 'more' | 'all' | 'full'
  /** The number of events that were skipped because they are older than the spool's `maxAgeMs`. */
  readonly tooOld: number
  /** The number of events that were skipped because their monitor key contains an API key. */
  readonly unsendable: number
}

/** How many events the spool may have. With fewer, one monitor at its rate limit would soon delay the others. */
const MAX_IN_SPOOL = 2000

/** Events that are copied at a time. Requests wait meanwhile. */
const BATCH_SIZE = 100

/** With a mark, it stays as it was at the relay's first start. */
export const COPIED_CURSOR = 'forward'

/** Not 0 after the relay's first start. From then on, events in the store wait for it. */
const BEGUN = 'forward-begun'

/**
 * Sets the cursor to the newest event at the first start, so that months of history are not sent. `hasSkipped` is true if the
 * store had events by then.
 */
export async function initCursor(store: RelayStore): Promise<{ readonly hasSkipped: boolean }> {
  if ((await store.cursor(BEGUN)) > 0) return { hasSkipped: false }
  const { event } = await store.newest()
  // Another server may start for the first time at this moment: the first one counts.
  await store.moveCursor(COPIED_CURSOR, 0, event)
  await store.setCursor(BEGUN, 1)
  return { hasSkipped: event > 0 }
}

/**
 * Writes the next stored events to the spool, and then moves the cursor. If the process was killed in between, the
 * events are already in the spool: they have the same ids in their file names, and are not written again.
 *
 * @throws the system's error or the store's; no event is lost
 */
export async function copyStored(tools: CopyTools): Promise<CopyResult> {
  const { store, spool, secrets, mark } = tools
  const after = await (mark?.copiedUpTo() ?? store.cursor(COPIED_CURSOR))
  const inSpool = new Set<string>()
  let bytes = 0
  for await (const name of listEvents(spool, 'queue')) {
    inSpool.add(name.id)
    bytes += name.bytes
  }
  await mark?.save([...inSpool].map(storedIdOf))
  // Events beyond the spool's limit would be dropped. Half of the limit is used, because each file takes whole blocks
  // on the disk.
  const room = bytes > spool.maxBytes / 2 ? 0 : MAX_IN_SPOOL - inSpool.size
  const stored = await store.events({ after, limit: BATCH_SIZE })
  const { event: tooOldUpTo } = await store.newestOlderThan(spool.maxAgeMs)
  const choice = choose(stored, room, inSpool, tooOldUpTo, tools)
  const { events, ids, upTo, tooOld, unsendable } = choice
  if (upTo !== undefined) {
    const clean = events.map(each => ({ ...each, event: redactEvent(each.event, secrets) }))
    await putEvents(spool, 'queue', clean, { ids })
    if (mark === undefined) await store.setCursor(COPIED_CURSOR, upTo)
    else mark.noteCopied(upTo)
  }
  const isFull = upTo !== stored.at(-1)?.id
  return { kind: isFull ? 'full' : stored.length === BATCH_SIZE ? 'more' : 'all', tooOld, unsendable }
}

/** As copyStored() does for a relay with a mark, without copying more. */
export async function saveForwardMark(spool: Spool, mark: ForwardMark): Promise<void> {
  await mark.copiedUpTo()
  const waiting: number[] = []
  for await (const name of listEvents(spool, 'queue')) waiting.push(storedIdOf(name.id))
  await mark.save(waiting)
}

interface Choice {
  readonly events: readonly SpooledEvent[]
  /** For their file names. */
  readonly ids: readonly string[]
  /** The new cursor: the store's id of the last event that was chosen or skipped; undefined if there is none. */
  readonly upTo: number | undefined
  readonly tooOld: number
  readonly unsendable: number
}

/** The first stored events that fit into the room and are not in the spool yet. */
function choose(
  stored: readonly StoredEvent[],
  room: number,
  inSpool: ReadonlySet<string>,
  /** By the time for which servers have run: by the wall clock, a jump would make all events too old. */
  tooOldUpTo: number,
  { key, secrets, stamp, mark }: CopyTools,
): Choice {
  const events: SpooledEvent[] = []
  const ids: string[] = []
  let upTo: number | undefined
  let tooOld = 0
  let unsendable = 0
  for (const each of stored) {
    const id = mark === undefined ? spoolIdOf(each) : spoolIdOfStored(each.id)
    const spooled = spooledOf(each, key, stamp)
    if (each.id <= tooOldUpTo) tooOld += 1
    else if (hasSecretInMonitorKey(spooled.event, secrets)) unsendable += 1
    else if (!inSpool.has(id)) {
      if (events.length >= room) break
      events.push(spooled)
      ids.push(id)
    }
    upTo = each.id
  }
  return { events, ids, upTo, tooOld, unsendable }
}

/** The same for each call, and unique, even against events of an earlier store, whose ids started at 1 too. */
function spoolIdOf({ id, receivedAt, monitorKey, state, series = '' }: StoredEvent): string {
  return shortHash(JSON.stringify([id, receivedAt, monitorKey, state, series]), 12)
}

/** The event happens when it arrives here, because the sender's clock may be wrong. */
function spooledOf(stored: StoredEvent, key: KeyFingerprint, stamp: boolean): SpooledEvent {
  const { monitorKey, state, metrics, series, host, env, statusCode, message } = stored
  const event: TelemetryEvent = {
    monitorKey,
    state,
    metrics: metrics.map(sendable),
    ...(series !== undefined && { series }),
    ...(host !== undefined && { host }),
    ...(env !== undefined && { env }),
    ...(statusCode !== undefined && { statusCode }),
    ...(message !== undefined && { message: { output: message, earlierBytes: 0 } }),
    ...(stamp && stored.stamp !== undefined && { stamp: stored.stamp }),
  }
  return { key, occurredAt: stored.receivedAt, tries: 0, event }
}

/** The API's own names have no dots, which the server accepts from the vendor's clients. */
function sendable({ name, value }: Metric): Metric {
  return { name: name.replaceAll('.', '_'), value }
}
