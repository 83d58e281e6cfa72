/**
 * The relay: what `cronitor serve` has stored is sent on to another Telemetry API, by the delivery of a spool that stands
 * beside the store. Nothing is sent before the store knows that it was taken: a relay that is killed sends it once.
 */

import { join } from 'node:path'
import {
  DEFAULT_DELIVER_WITHIN_MS,
  DEFAULT_SPOOL_MAX_AGE_MS,
  DEFAULT_SPOOL_MAX_BYTES,
} from '../../settings/defaults.ts'
import { readKeyFile } from '../../settings/key-file.ts'
import type { Environment } from '../../settings/sources.ts'
import { parseSwitch } from '../../settings/values.ts'
import { type KeyFingerprint, keyFingerprint } from '../../spool/delivery-scope.ts'
import { drain } from '../../spool/drain/drain.ts'
import type { DrainReport } from '../../spool/drain/drain-report.ts'
import { createRateLimiter } from '../../spool/drain/rate-limiter.ts'
import { enforceLimits } from '../../spool/limits.ts'
import { listEvents } from '../../spool/list-events.ts'
import { openSpool } from '../../spool/open.ts'
import { openSpoolSender, type SpoolSender } from '../../spool/sender.ts'
import { deliveryLockPath, type Spool } from '../../spool/spool.ts'
import { monotonicMs } from '../../system/clock.ts'
import { describeSystemError } from '../../system/describe-system-error.ts'
import { acquireLock, type Lock } from '../../system/lock.ts'
import { sleep } from '../../system/sleep.ts'
import { createWakeUp } from '../../system/wake-up.ts'
import { API_RATES } from '../../telemetry/api-limits.ts'
import type { Late } from '../../telemetry/delay-marker.ts'
import type { TelemetryEvent } from '../../telemetry/event.ts'
import { redact } from '../../telemetry/redact.ts'
import { createForwardWords, type ForwardWords } from './relay-notices.ts'
import { beginForwarding, type ForwardStore, takeStored } from './relay-queue.ts'

export interface ForwardOptions {
  readonly forwardTo?: string
  readonly forwardKeyFile?: string
}

export interface ForwardSurroundings {
  readonly store: ForwardStore
  /** The folder of the database, absolute. The spool is `forward` in it. */
  readonly dataDir: string
  /** Gets a line for people, without a line break. */
  readonly tell: (line: string) => void
  /** For CRONITOR_NO_STAMP, and for the proxies, which are read from the process's own. */
  readonly env: Environment
}

export type Forwarding =
  | {
      readonly kind: 'open'
      /** Lets what is under way come to its end, for `graceMs` at the most; the rest is sent after the next start. */
      readonly close: (graceMs?: number) => Promise<void>
    }
  /** One line for people; nothing was started. */
  | { readonly kind: 'failed'; readonly problem: string }

/** Without a ring, it is looked this often, in milliseconds: `cronitor spool retry` puts events back, too. */
const LOOK_MS = 60_000

/** After an error of the store or the spool, in milliseconds. */
const PAUSE_MS = 5000

const BOUNDS_MS = 3_600_000

/** Where the spool is full, there is room again for so many at a time. */
const SOME = 50

/** Starts to forward, where that is asked for. To be called before the server listens, and closed before the store. */
export async function openForwarding(
  { forwardTo, forwardKeyFile }: ForwardOptions,
  { store, dataDir, tell, env }: ForwardSurroundings,
): Promise<Forwarding> {
  if (forwardTo === undefined || forwardKeyFile === undefined) return { kind: 'open', close: async () => {} }
  const read = readKeyFile(forwardKeyFile, process.geteuid?.() ?? 0)
  if (!read.ok)
    return { kind: 'failed', problem: `no key for --forward-to: --forward-key-file: ${read.problem}` }
  const secrets = [read.key]
  const key = keyFingerprint(read.key)
  const folder = join(dataDir, 'forward')
  const choice = await openSpool({
    spool: true,
    spoolDir: folder,
    isSpoolDirChosen: false,
    spoolMaxAgeMs: DEFAULT_SPOOL_MAX_AGE_MS,
    spoolMaxBytes: DEFAULT_SPOOL_MAX_BYTES,
  })
  if (choice.kind !== 'open')
    return {
      kind: 'failed',
      problem: `events cannot be sent on: ${choice.kind === 'off' ? '' : choice.problem}`,
    }
  const { spool } = choice
  const { host } = new URL(forwardTo)
  const words = createForwardWords({
    tell: line => tell(redact(line, secrets)),
    now: monotonicMs,
    host,
    folder,
    maxAgeMs: spool.maxAgeMs,
  })
  try {
    if ((await beginForwarding(store)).leftOut)
      tell(`forwarding to ${host} begins with what comes from now on; what is stored already is not sent`)
    await tellOfOthers(spool, key, words)
  } catch (error) {
    return { kind: 'failed', problem: `events cannot be sent on: ${errorWords(error)}` }
  }
  const stamp = !isOn(env.CRONITOR_NO_STAMP)
  const delivery = openSpoolSender(
    spool,
    // Its own spool: whatever is in it goes to --forward-to.
    { key, address: 'configured' },
    { keyFile: forwardKeyFile, secrets, stamp },
    { baseUrl: forwardTo, access: { kind: 'key', apiKey: read.key }, method: 'GET' },
    readKeyFile,
  )
  return { kind: 'open', close: startRelay({ store, spool, key, secrets, stamp, words, delivery }) }
}

interface RelayTools {
  readonly store: ForwardStore
  readonly spool: Spool
  readonly key: KeyFingerprint
  readonly secrets: readonly string[]
  readonly stamp: boolean
  readonly words: ForwardWords
  readonly delivery: SpoolSender
}

/** Takes and delivers, each in a loop of its own, until the function that it returns is called. */
function startRelay(tools: RelayTools): (graceMs?: number) => Promise<void> {
  const { store, spool, key, words, delivery } = tools
  const stopping = new AbortController()
  const cutting = new AbortController()
  const { signal } = stopping
  const news = createWakeUp()
  const waiting = createWakeUp()
  const listeners = new Set<() => void>()
  const rateLimiter = createRateLimiter(Math.random, API_RATES, true)
  let taking: Promise<unknown> = Promise.resolve()
  let isFull = false
  let refusedSinceBounds = 0
  let settled = 0

  async function takeAll(): Promise<void> {
    let boundsAt = Number.NEGATIVE_INFINITY
    while (!signal.aborted) {
      try {
        // At once, since nothing is sent before the first is noted.
        const take = takeStored(tools)
        taking = take.catch(() => {})
        const taken = await take
        words.taken(taken)
        isFull = taken.kind === 'full'
        announce()
        const now = monotonicMs()
        if (now - boundsAt >= (refusedSinceBounds > 0 ? LOOK_MS : BOUNDS_MS)) {
          boundsAt = now
          refusedSinceBounds = 0
          words.dropped(await enforceLimits(spool))
        }
        if (taken.kind === 'more') continue
      } catch (error) {
        words.once(`events wait to be sent on, since they cannot be read or kept: ${errorWords(error)}`)
        await sleep(PAUSE_MS, signal)
      }
      await news.wait(LOOK_MS, signal)
    }
  }

  function announce(): void {
    waiting.wake()
    for (const listener of listeners) listener()
  }

  async function deliverAll(): Promise<void> {
    let lock: Lock | undefined
    let isBroken = false
    const report = (what: DrainReport): void => {
      words.report(what)
      isBroken ||= what.kind === 'failed'
      if (what.kind === 'refused') refusedSinceBounds += 1
      if (what.kind === 'delivered' || what.kind === 'refused') settled += 1
      if (isFull && settled % SOME === 0) news.wake()
    }
    // What was put but not yet noted by the store would be sent twice if this ended now.
    await taking
    while (!signal.aborted) {
      isBroken = false
      try {
        lock ??= lockOf(spool, key, words)
        if (lock !== undefined) {
          await drain({ ...delivery.tools, send, report, rateLimiter, onPut }, signal)
        }
      } catch (error) {
        words.once(`events wait to be sent on: ${spool.folder}: ${errorWords(error)}`)
        isBroken = true
      }
      if (lock === undefined || isBroken) await sleep(PAUSE_MS, signal)
      else await waiting.wait(LOOK_MS, signal)
    }
    lock?.release()
  }

  const onPut = (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** The drain's own signal is not passed on: what is under way at the end may still arrive. */
  const send: typeof delivery.tools.send = async (event, message, _signal, late, connection) => {
    await taking
    return delivery.tools.send(event, message, cutting.signal, late && lateOf(event, late), connection)
  }

  const unsubscribe = store.onStored(() => {
    if (!isFull) news.wake()
  })
  const loops = Promise.all([takeAll(), deliverAll()])
  return async (graceMs = 3000) => {
    unsubscribe()
    stopping.abort()
    const timer = setTimeout(() => cutting.abort(), graceMs)
    await loops
    clearTimeout(timer)
    delivery.close()
  }
}

/** What comes as soon as from the wrapper itself is not late, and what says itself when it happened need not be marked. */
export function lateOf({ stamp }: TelemetryEvent, late: Late): Late | undefined {
  const isLate = late.now - late.occurredAt >= DEFAULT_DELIVER_WITHIN_MS
  return isLate && stamp === undefined ? late : undefined
}

/** Undefined where another process delivers: `cronitor spool flush` may be at it. */
function lockOf(spool: Spool, key: KeyFingerprint, words: ForwardWords): Lock | undefined {
  const acquired = acquireLock(deliveryLockPath(spool, key), 'relay', spool.place)
  if (acquired.kind === 'held') return acquired.lock
  const by = acquired.holder === undefined ? '' : `: ${acquired.holder.role}, process ${acquired.holder.pid}`
  words.once(`events wait to be sent on until another process has delivered from ${spool.folder}${by}`)
  return undefined
}

async function tellOfOthers(spool: Spool, key: KeyFingerprint, words: ForwardWords): Promise<void> {
  let others = 0
  for await (const name of listEvents(spool, 'queue')) if (name.key !== key) others += 1
  if (others > 0)
    words.once(
      `${others} of the events in ${spool.folder} wait for another key than that of --forward-key-file`,
    )
}

function isOn(value: string | undefined): boolean {
  const parsed = parseSwitch(value?.trim() ?? '')
  return parsed.ok && parsed.on
}

function errorWords(error: unknown): string {
  const words = describeSystemError(error)
  return words === 'unknown error' && error instanceof Error ? (error.message.split('\n')[0] ?? '') : words
}
