/**
 * Delivers the events of a spool: oldest first, in order within each series, several series at a time, for as long as
 * it makes sense. One process at a time does this for a key; see `deliveryLock`.
 */

import { setMaxListeners } from 'node:events'
import { backoffMs } from '../../client/backoff.ts'
import type { SharedRateLimit } from '../../client/delivery.ts'
import { type MessageShare, shorterShare } from '../../client/message-share.ts'
import { type ApiAnswer, classify } from '../../client/outcome.ts'
import { MAX_RETRY_AFTER_MS } from '../../client/retry-after.ts'
import { ageMs, type BootTime, bootTime, isThisBoot } from '../../system/boot-clock.ts'
import { describeSystemError } from '../../system/describe-system-error.ts'
import type { Sleep } from '../../system/sleep.ts'
import type { Late } from '../../telemetry/delay-marker.ts'
import type { TelemetryEvent } from '../../telemetry/event.ts'
import { moveEvent, removeEvent, rewriteEvent, setAside } from '../change-event.ts'
import { type DeliveryScope, isInScope } from '../delivery-scope.ts'
import type { EventFileName } from '../event-file-name.ts'
import { oldestEvents } from '../list-events.ts'
import { readEvent } from '../read-event.ts'
import type { Spool } from '../spool.ts'
import { notBeforeIn, type SpooledEvent } from '../spooled-event.ts'
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts'

/** Sends an event once, by one of `MOST_AT_ONCE` connections. Never rejects. */
export type SendSpooled = (
  event: TelemetryEvent,
  message: MessageShare,
  signal: AbortSignal,
  late: Late,
  connection: number,
) => Promise<ApiAnswer>

export interface DrainTools extends DeliveryScope {
  readonly spool: Spool
  readonly send: SendSpooled
  /** Is each event to say when it happened? */
  readonly stamp: boolean
  /** Monotonic time in milliseconds. */
  readonly now: () => number
  readonly sleep: Sleep
  /** As Math.random. */
  readonly random: () => number
  readonly report: (what: DrainReport) => void
  readonly sharedLimit?: SharedRateLimit
  /** What is known of the API's limits, where that is to outlive this; else it begins to learn of them. */
  readonly rateLimiter?: RateLimiter
  /** Has `listener` called whenever more was put, until what it returns is called; else more is seen at the next batch. */
  readonly onPut?: (listener: () => void) => () => void
  /** Gives up once nothing was delivered or refused for so many milliseconds. Without it only the signal ends it. */
  readonly giveUpAfterMs?: number
}

/** What becomes of an event, as it happens. */
export type DrainReport =
  | { readonly kind: 'delivered'; readonly spooled: SpooledEvent }
  | { readonly kind: 'refused'; readonly spooled: SpooledEvent; readonly problem: string }
  | { readonly kind: 'will-retry'; readonly spooled: SpooledEvent; readonly problem: string }
  | { readonly kind: 'damaged'; readonly file: string; readonly problem: string }
  /** Written by a newer version; it stays where it is. */
  | { readonly kind: 'newer'; readonly file: string }
  /** It stays as well. */
  | { readonly kind: 'unreadable'; readonly file: string; readonly problem: string }
  /** The spool itself cannot be used: nothing more is done. */
  | { readonly kind: 'failed'; readonly problem: string }

/** Enough for 50 requests a second over a line of 300 ms. */
export const MOST_AT_ONCE = 16

/** What others of the host were told is asked for this often at the most, in milliseconds. */
const LOOK_MS = 20

/** So many names are looked at in one go, of however many there are. */
const BATCH = 5000

interface Group {
  /** Its files that are still to be sent, in order. */
  readonly files: EventFileName[]
  failures: number
  notBefore: number
  isBusy: boolean
}

/** An event that is sent, from the time on at which that was decided. */
interface Attempt {
  readonly spooled: SpooledEvent
  readonly sentAt: number
  readonly connection: number
  readonly stop: AbortSignal
}

/**
 * Resolves once nothing of the key's is left that can be sent, the signal aborts, patience is over, or the spool cannot
 * be used. Never rejects.
 */
export async function drain(tools: DrainTools, signal: AbortSignal): Promise<void> {
  const { spool, now, random, sleep, report } = tools
  const rateLimiter = tools.rateLimiter ?? createRateLimiter(random)
  /** Of groups that have failed, over the batches. */
  const earlier = new Map<string, Group>()
  const freeConnections = Array.from({ length: MOST_AT_ONCE }, (_, index) => index).reverse()
  const leftAlone = new Set<string>()
  /** Files whose `Retry-After` is waited for here. */
  const waitedFor = new Set<string>()
  /** Tries in a row, of whichever group, that have failed. */
  let streak = 0
  let notBefore = 0
  /** Starts with one, since an API that is down need not be asked by all at once. */
  let atOnce = 1
  let lastProgress = now()
  let isBroken = false
  /** When others were last asked whether to wait, and until when they have said so. */
  let lookedAt = Number.NEGATIVE_INFINITY
  let heldUntil = 0
  let wake = (): void => {}

  const over = (): boolean =>
    signal.aborted ||
    isBroken ||
    (tools.giveUpAfterMs !== undefined && now() - lastProgress >= tools.giveUpAfterMs)

  for (;;) {
    const groups = await nextBatch()
    if (groups.size === 0) return
    await work(groups)
    if (over()) return
  }

  async function nextBatch(): Promise<Map<string, Group>> {
    const groups = new Map<string, Group>()
    await addWaiting(groups)
    earlier.clear()
    return isBroken ? new Map() : groups
  }

  /** What waits and is not in the groups yet. Of a series, it comes behind what is. */
  async function addWaiting(groups: Map<string, Group>): Promise<void> {
    try {
      const names = await oldestEvents(
        spool,
        'queue',
        name => isInScope(name, tools) && !leftAlone.has(name.seriesId),
        BATCH,
        () => signal.aborted,
      )
      const known = new Set([...groups.values()].flatMap(({ files }) => files.map(({ file }) => file)))
      for (const name of names) {
        if (known.has(name.file)) continue
        let group = groups.get(name.seriesId)
        if (group === undefined) {
          const before = earlier.get(name.seriesId)
          group = {
            files: [],
            failures: before?.failures ?? 0,
            notBefore: before?.notBefore ?? 0,
            isBusy: false,
          }
          groups.set(name.seriesId, group)
        }
        group.files.push(name)
      }
    } catch (error) {
      broken(error)
    }
  }

  /** Until each group of the batch is empty, or has failed and the others are done: there may be new events by then. */
  async function work(groups: Map<string, Group>): Promise<void> {
    const under = new Set<Promise<void>>()
    const stop = new AbortController()
    // Each request under way listens; past ten of them Node.js would suspect a leak, and say so on stderr.
    setMaxListeners(0, stop.signal)
    const abort = (): void => {
      stop.abort()
      wake()
    }
    signal.addEventListener('abort', abort)
    if (signal.aborted) stop.abort()
    let hasMore = false
    const unsubscribe = tools.onPut?.(() => {
      hasMore = true
      wake()
    })
    while (!over() && groups.size > 0) {
      if (hasMore) {
        hasMore = false
        await addWaiting(groups)
        continue
      }
      const next = under.size < atOnce ? pick(groups, await sharedHoldMs()) : undefined
      // While others were asked, the last try may have ended, and nobody would wake this up.
      if (over() || hasMore || groups.size === 0) continue
      if (next !== undefined && 'group' in next) {
        const connection = freeConnections.pop() ?? 0
        const { id, group } = next
        group.isBusy = true
        const trying = attempt(group, connection, stop.signal).then(() => {
          freeConnections.push(connection)
          group.isBusy = false
          // Behind the others: their events are older than this one's next, or about as old.
          groups.delete(id)
          if (group.files.length > 0) groups.set(id, group)
          under.delete(trying)
          wake()
        })
        under.add(trying)
        continue
      }
      const waitMs = next?.waitMs ?? Number.POSITIVE_INFINITY
      if (under.size === 0 && [...groups.values()].every(({ failures }) => failures > 0)) {
        await nextChange(waitMs)
        if (hasMore) continue
        break
      }
      await nextChange(waitMs)
    }
    if (over()) abort()
    await Promise.all(under)
    unsubscribe?.()
    signal.removeEventListener('abort', abort)
    for (const [id, group] of groups) if (group.failures > 0) earlier.set(id, group)
  }

  function patienceLeft(): number {
    return tools.giveUpAfterMs === undefined
      ? Number.POSITIVE_INFINITY
      : tools.giveUpAfterMs - (now() - lastProgress)
  }

  /** A try has ended, more was put, or the time is over. */
  async function nextChange(waitMs: number): Promise<void> {
    const waiting = new AbortController()
    const woken = new Promise<void>(resolve => {
      wake = resolve
    })
    await Promise.race([woken, sleep(Math.min(waitMs, patienceLeft(), 60_000), waiting.signal)])
    waiting.abort()
  }

  /** Not looked for before each of many events that are sent within some milliseconds. */
  async function sharedHoldMs(): Promise<number> {
    if (tools.sharedLimit !== undefined && now() - lookedAt >= LOOK_MS) {
      heldUntil = now() + (await tools.sharedLimit.waitMs())
      lookedAt = now()
    }
    return Math.max(0, heldUntil - now())
  }

  /** The first group that may be sent now, or how long until there is one. */
  function pick(
    groups: Map<string, Group>,
    sharedMs: number,
  ): { readonly id: string; readonly group: Group } | { readonly waitMs: number } {
    const time = now()
    const allMs = Math.max(notBefore - time, rateLimiter.addressWaitMs(time), sharedMs)
    let waitMs = Number.POSITIVE_INFINITY
    for (const [id, group] of groups) {
      const [file] = group.files
      if (group.isBusy || file === undefined) continue
      const ownMs = Math.max(allMs, group.notBefore - time, rateLimiter.monitorWaitMs(file.monitorId, time))
      if (ownMs <= 0) return { id, group }
      waitMs = Math.min(waitMs, ownMs)
      // All have to wait for this long.
      if (ownMs <= allMs) break
    }
    return { waitMs }
  }

  async function attempt(group: Group, connection: number, stop: AbortSignal): Promise<void> {
    const [name] = group.files
    if (name === undefined) return
    const sentAt = now()
    rateLimiter.noteSent(name.monitorId, sentAt)
    try {
      const read = await readEvent(spool, 'queue', name)
      switch (read?.kind) {
        case undefined:
          group.files.shift()
          return
        case 'newer':
        case 'unreadable':
          // What comes behind it in its series waits with it.
          leftAlone.add(name.seriesId)
          group.files.length = 0
          report({ ...read, file: name.file })
          return
        case 'damaged':
          await setAside(spool, 'queue', name.file)
          group.files.shift()
          report({ kind: 'damaged', file: name.file, problem: read.problem })
          return
        case 'event':
          if (isHeld(group, name, read.spooled)) return
          await deliver(group, name, { spooled: read.spooled, sentAt, connection, stop })
          return
        default:
          read satisfies never
      }
    } catch (error) {
      broken(error)
    }
  }

  /** A `Retry-After` that the wrapper got, or the process before this one, counts for this one too. */
  function isHeld(
    group: Group,
    { file }: EventFileName,
    { notBefore = 0, notBeforeUp }: SpooledEvent,
  ): boolean {
    const holdMs = isThisBoot(spool, notBeforeUp) ? leftMs(notBeforeUp) : notBefore - spool.wallClock()
    // What this process has been told it waits for by another clock. Further away than any Retry-After: the wall clock was
    // set back.
    if (waitedFor.has(file) || holdMs <= 0 || holdMs > MAX_RETRY_AFTER_MS) return false
    waitedFor.add(file)
    group.failures = Math.max(group.failures, 1)
    group.notBefore = now() + holdMs
    return true
  }

  function leftMs(until: BootTime | undefined): number {
    return (until?.ms ?? 0) - (bootTime(spool)?.ms ?? 0)
  }

  function offeredNow({ offered }: SpooledEvent): Pick<SpooledEvent, 'offered'> {
    const now = bootTime(spool)
    return now === undefined || isThisBoot(spool, offered) ? {} : { offered: now }
  }

  async function deliver(group: Group, name: EventFileName, attempt: Attempt): Promise<void> {
    const { spooled, connection, stop } = attempt
    const { event, occurredAt, up } = spooled
    let { sentAt } = attempt
    let share: MessageShare = 'full'
    for (;;) {
      // By a clock that was set since, the age tells when it happened.
      const time = spool.wallClock()
      const late: Late = { occurredAt: time - ageMs(spool, occurredAt, up), now: time, stamp: tools.stamp }
      const answer = await tools.send(event, share, stop, late, connection)
      const outcome = classify(answer, spool.wallClock())
      // Ended by us: that is no word of the API's.
      if (stop.aborted && answer.kind === 'error') return
      const tried: SpooledEvent = { ...spooled, tries: spooled.tries + 1 }
      if (outcome.kind === 'shorten') {
        const shorter = shorterShare(event, share, true)
        if (shorter !== undefined) {
          share = shorter
          sentAt = now()
          rateLimiter.noteSent(name.monitorId, sentAt)
          continue
        }
      }
      switch (outcome.kind) {
        case 'delivered':
          await removeEvent(spool, 'queue', name)
          settled(group, name)
          report({ kind: 'delivered', spooled: tried })
          return
        case 'shorten':
        case 'rejected': {
          const { status, problem, likelyCause } = outcome
          await moveEvent(spool, name, 'queue', {
            ...tried,
            lastProblem: problem,
            refused: { status, likelyCause },
          })
          settled(group, name)
          report({ kind: 'refused', spooled: tried, problem: `${problem}, ${likelyCause}` })
          return
        }
        case 'retry': {
          const { retryAfterMs } = outcome
          const isLimit = answer.kind === 'status' && answer.status === 429
          if (retryAfterMs !== undefined) waitedFor.add(name.file)
          if (isLimit) limited(name, sentAt, retryAfterMs)
          else failed(group, answer, retryAfterMs)
          await rewriteEvent(spool, name, {
            ...tried,
            lastProblem: outcome.problem,
            ...offeredNow(spooled),
            ...(retryAfterMs !== undefined && notBeforeIn(spool, retryAfterMs)),
          })
          report({ kind: 'will-retry', spooled: tried, problem: outcome.problem })
          return
        }
        default:
          outcome satisfies never
      }
    }
  }

  function settled(group: Group, { file, monitorId }: EventFileName): void {
    group.files.shift()
    group.failures = 0
    streak = 0
    waitedFor.delete(file)
    atOnce = Math.min(atOnce + 1, MOST_AT_ONCE)
    rateLimiter.noteAccepted(monitorId)
    lastProgress = now()
  }

  /** A limit is no failure: what it asks for is waited for, and others who use the API are told. */
  function limited({ monitorId }: EventFileName, sentAt: number, retryAfterMs: number | undefined): void {
    const whose = rateLimiter.noteLimit(monitorId, { sentAt, now: now(), retryAfterMs })
    if (whose === 'address') void tools.sharedLimit?.noteLimit(retryAfterMs)
  }

  /** The group backs off. All do where nothing answers, or where one group after the other fails. */
  function failed(group: Group, answer: ApiAnswer, retryAfterMs: number | undefined): void {
    group.failures += 1
    streak += 1
    atOnce = Math.max(1, Math.floor(atOnce / 2))
    group.notBefore = now() + backoffMs(group.failures, random, retryAfterMs)
    if (answer.kind === 'error' || streak > 2) notBefore = now() + backoffMs(streak, random, retryAfterMs)
  }

  function broken(error: unknown): void {
    if (isBroken) return
    isBroken = true
    report({ kind: 'failed', problem: describeSystemError(error) })
    wake()
  }
}
