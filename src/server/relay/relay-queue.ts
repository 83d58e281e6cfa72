/** Brings what `cronitor serve` has stored into the spool that it is sent on from. The store is the queue; the spool holds its head. */

import type { KeyFingerprint } from '../../spool/delivery-scope.ts'
import { listEvents } from '../../spool/list-events.ts'
import { putEvents } from '../../spool/put-events.ts'
import { hasSecretInMonitorKey, redactEvent } from '../../spool/redact-event.ts'
import { shortHash } from '../../spool/short-hash.ts'
import type { Spool } from '../../spool/spool.ts'
import type { SpooledEvent } from '../../spool/spooled-event.ts'
import type { TelemetryEvent } from '../../telemetry/event.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Store } from '../store/store.ts'

export type ForwardStore = Pick<Store, 'events' | 'cursor' | 'setCursor' | 'newest' | 'onStored'>

export interface ForwardQueueTools {
  readonly store: ForwardStore
  readonly spool: Spool
  readonly key: KeyFingerprint
  /** Never to be written to disk. */
  readonly secrets: readonly string[]
  /** Is an event that came with a `stamp` to keep it? */
  readonly stamp: boolean
}

export interface Taken {
  /** `more`: the store has more; `nothing` was new; `full`: what is ahead has to be delivered first. */
  readonly kind: 'more' | 'nothing' | 'full'
  /** How many were not taken because they are older than the spool keeps events. */
  readonly tooOld: number
  /** How many were not taken because their monitor's name holds the API key. */
  readonly unsendable: number
}

/** So many events are ahead in the spool at most: enough that one monitor at its limit does not soon hold up the others. */
const MOST_AHEAD = 2000

/** So many are taken in one go: what is sent meanwhile waits for it. */
const BATCH = 100

const CURSOR = 'forward'

/** Set where forwarding has begun once: an event may then wait in the store for it. */
const BEGUN = 'forward-begun'

/**
 * The first time, forwarding begins behind the newest event: nobody wants months of history sent. Resolves with whether
 * there is any that is left out so.
 */
export async function beginForwarding(store: ForwardStore): Promise<{ readonly leftOut: boolean }> {
  if ((await store.cursor(BEGUN)) > 0) return { leftOut: false }
  const { event } = await store.newest()
  await store.setCursor(CURSOR, event)
  await store.setCursor(BEGUN, 1)
  return { leftOut: event > 0 }
}

/**
 * Puts the next stored events into the spool, durably, and then moves the cursor behind them. Where it ended between
 * the two, those that are there already are told by their names, and not put a second time.
 *
 * @throws the system's error or the store's; nothing is lost then
 */
export async function takeStored(tools: ForwardQueueTools): Promise<Taken> {
  const { store, spool, secrets } = tools
  const after = await store.cursor(CURSOR)
  const ahead = new Set<string>()
  let bytes = 0
  for await (const name of listEvents(spool, 'queue')) {
    ahead.add(name.id)
    bytes += name.bytes
  }
  // What the bounds of the spool would drop is better off in the store. Half, since files take whole blocks.
  const room = bytes > spool.maxBytes / 2 ? 0 : MOST_AHEAD - ahead.size
  const stored = await store.events({ after, limit: BATCH })
  const choice = choose(stored, room, ahead, tools)
  const { events, words, upTo, tooOld, unsendable } = choice
  if (upTo !== undefined) {
    const clean = events.map(each => ({ ...each, event: redactEvent(each.event, secrets) }))
    await putEvents(spool, 'queue', clean, { ids: words })
    await store.setCursor(CURSOR, upTo)
  }
  const isFull = upTo !== stored.at(-1)?.id
  return { kind: isFull ? 'full' : stored.length === BATCH ? 'more' : 'nothing', tooOld, unsendable }
}

interface Choice {
  readonly events: readonly SpooledEvent[]
  readonly words: readonly string[]
  /** The id of the last that was decided on; undefined where there is none. */
  readonly upTo: number | undefined
  readonly tooOld: number
  readonly unsendable: number
}

/** The events to put: the first ones, as long as there is room for each that is not there yet. */
function choose(
  stored: readonly StoredEvent[],
  room: number,
  ahead: ReadonlySet<string>,
  { spool, key, secrets, stamp }: ForwardQueueTools,
): Choice {
  const oldest = spool.wallClock() - spool.maxAgeMs
  const events: SpooledEvent[] = []
  const words: string[] = []
  let upTo: number | undefined
  let tooOld = 0
  let unsendable = 0
  for (const each of stored) {
    const word = wordOf(each)
    const spooled = spooledOf(each, key, stamp)
    if (each.receivedAt < oldest) tooOld += 1
    else if (hasSecretInMonitorKey(spooled.event, secrets)) unsendable += 1
    else if (!ahead.has(word)) {
      if (events.length >= room) break
      events.push(spooled)
      words.push(word)
    }
    upTo = each.id
  }
  return { events, words, upTo, tooOld, unsendable }
}

/** The same each time, and another's for each other event, also of another store whose ids began anew. */
function wordOf({ id, receivedAt, monitorKey, state, series = '' }: StoredEvent): string {
  return shortHash(JSON.stringify([id, receivedAt, monitorKey, state, series]), 12)
}

/** In order of arrival here: when it happened says its sender, whose clock may be any. */
function spooledOf(stored: StoredEvent, key: KeyFingerprint, stamp: boolean): SpooledEvent {
  const { monitorKey, state, metrics, series, host, env, statusCode, message } = stored
  const event: TelemetryEvent = {
    monitorKey,
    state,
    metrics,
    ...(series !== undefined && { series }),
    ...(host !== undefined && { host }),
    ...(env !== undefined && { env }),
    ...(statusCode !== undefined && { statusCode }),
    ...(message !== undefined && { message: { output: message, earlierBytes: 0 } }),
    ...(stamp && stored.stamp !== undefined && { stamp: stored.stamp }),
  }
  return { key, occurredAt: stored.receivedAt, tries: 0, event }
}
