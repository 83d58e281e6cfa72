/** What a command does with the spool: keeps what was not delivered, looks after what waits there. */

import { join } from 'node:path'
import type { EventResult } from '../client/event-result.ts'
import { readKeyFile } from '../settings/key-file.ts'
import type { Settings } from '../settings/settings.ts'
import {
  type DeliveryScope,
  isInScope,
  type KeyFingerprint,
  keyFingerprint,
} from '../spool/delivery-scope.ts'
import { drain } from '../spool/drain/drain.ts'
import { seriesIdOf } from '../spool/event-file-name.ts'
import { enforceLimits } from '../spool/limits.ts'
import { type EventFolder, listEvents, oldestEvents } from '../spool/list-events.ts'
import { openSpool } from '../spool/open.ts'
import { putEvents } from '../spool/put-events.ts'
import { recoverKilledRuns } from '../spool/recovery.ts'
import { hasSecretInMonitorKey, redactEvent } from '../spool/redact-event.ts'
import { openSpoolSender } from '../spool/sender.ts'
import { deliveryLockPath, displayPath, folderOf, makeFolder, type Spool } from '../spool/spool.ts'
import type { SpooledEvent } from '../spool/spooled-event.ts'
import { msSinceBoot } from '../system/boot-clock.ts'
import { monotonicMs } from '../system/clock.ts'
import { describeSystemError } from '../system/describe-system-error.ts'
import { formatDuration } from '../system/duration.ts'
import { errorCode } from '../system/errors.ts'
import { close, open, unlink } from '../system/file-calls.ts'
import { whileAnswering } from '../system/hung-file-system.ts'
import { acquireLock } from '../system/lock.ts'
import { answersIfRemote } from '../system/remote-file-system.ts'
import type { Destination, TelemetryEvent } from '../telemetry/event.ts'
import { deliveryScopeOf } from './destination.ts'
import type { Notices } from './notices/notices.ts'
import { startCourier } from './start-courier.ts'

export interface SpoolKeeper extends DeliveryScope {
  readonly spool: Spool
  /** This and the settings change if another key is found in the key's file. */
  key: KeyFingerprint
  settings: Settings
  readonly notices: Notices
  /** Nobody else has used the series of the events that are kept here. */
  readonly isFresh?: boolean
}

/** The fault of these warnings: of several with the same fault only the first is printed. */
export const SPOOL = 'spool'

/** Undefined without a spool; where it cannot be used, one warning says why. */
export async function openKeeper(settings: Settings, notices: Notices): Promise<SpoolKeeper | undefined> {
  const { spool, spoolDir } = settings
  if (spool && spoolDir !== undefined && !(await answersIfRemote(spoolDir))) {
    notices.warn(`events cannot be kept on disk: ${noAnswer(spoolDir)}`, SPOOL)
    return undefined
  }
  const choice = await openSpool(settings)
  if (choice.kind === 'unusable') notices.warn(`events cannot be kept on disk: ${choice.problem}`, SPOOL)
  return choice.kind === 'open'
    ? { spool: choice.spool, ...deliveryScopeOf(settings), settings, notices }
    : undefined
}

/** What is kept from now on is kept with another key, which is a secret too. */
export function useNewKey(keeper: SpoolKeeper, apiKey: string): void {
  const secrets = [...keeper.settings.secrets, apiKey]
  keeper.settings = { ...keeper.settings, key: apiKey, secrets }
  keeper.key = keyFingerprint(apiKey)
  keeper.notices.hideSecrets(secrets)
}

/** Says that files could not be read and were set aside. */
export function warnOfDamaged({ spool, notices }: SpoolKeeper, count: number): void {
  notices.warn(`${count} damaged in the spool, set aside under ${displayPath(spool)}/damaged`)
}

/** The form in which an event is kept. */
export function toSpooled(
  { spool, key, address, settings }: SpoolKeeper,
  event: TelemetryEvent,
  happened: Happened,
  more: Partial<SpooledEvent> = {},
): SpooledEvent {
  const { at, up } = happened
  const { boot } = spool.place
  return {
    tries: 0,
    ...more,
    key,
    address,
    occurredAt: at,
    ...(boot !== '' && { up: { boot, ms: up } }),
    event: redactEvent(event, settings.secrets),
  }
}

/** When something happened: milliseconds since 1970, and since the boot. */
export interface Happened {
  readonly at: number
  readonly up: number
}

export function happensNow(): Happened {
  return { at: Date.now(), up: msSinceBoot() }
}

/** How many of some events, from the first on, are safe on disk, and why no more are. */
export interface KeptCount {
  readonly kept: number
  readonly problem?: string
}

export interface KeepTimes {
  /** It takes so many milliseconds at the most. */
  readonly withinMs: number
  /** For so many of them, what is over the bounds is dropped afterwards. */
  readonly tidyMs: number | undefined
  /** Is it to end before? */
  readonly isOver: (() => boolean) | undefined
}

/** Never rejects. */
export async function keep(
  keeper: SpoolKeeper,
  folder: EventFolder,
  events: readonly SpooledEvent[],
  { withinMs, tidyMs = TIDY_MS, isOver }: KeepTimes,
): Promise<KeptCount> {
  let kept = 0
  if (events.length === 0) return { kept }
  if (events.some(({ event }) => hasSecretInMonitorKey(event, keeper.settings.secrets)))
    return { kept, problem: 'the monitor key holds an API key, which is not written to disk' }
  const onPut = (): void => {
    kept += 1
  }
  const end = monotonicMs() + withinMs
  const writing = async (): Promise<KeptCount> => {
    try {
      await putEvents(keeper.spool, folder, events, { onPut, isNewSeries: keeper.isFresh ?? false })
      await tidy(keeper, Math.min(Math.max(tidyMs, LEAST_TIDY_MS), TIDY_MS, end - monotonicMs()))
      return { kept }
    } catch (error) {
      return {
        kept,
        problem: `the spool cannot be written: ${describeSystemError(error)} (${displayPath(keeper.spool)})`,
      }
    }
  }
  const written = await whileAnswering(writing(), withinMs, isOver)
  if (written !== undefined) return written
  return kept === events.length ? { kept } : { kept, problem: noAnswer(displayPath(keeper.spool)) }
}

export function noAnswer(folder: string): string {
  return `the file system of ${folder} does not answer`
}

/** Keeps the bounds; what had to go is told, in one warning. @throws the system's error */
export async function tidy({ spool, notices, settings }: SpoolKeeper, withinMs = Infinity): Promise<void> {
  const end = monotonicMs() + withinMs
  const { tooOld, tooMany } = await enforceLimits(spool, () => monotonicMs() > end)
  const count = tooOld + tooMany
  if (count === 0) return
  const reasons = [
    tooOld > 0 && `${tooOld} older than ${formatDuration(settings.spoolMaxAgeMs)} (--spool-max-age)`,
    tooMany > 0 && `${tooMany} over its size (--spool-max-size)`,
  ].filter(Boolean)
  notices.warn(
    `${count} ${count === 1 ? 'event was' : 'events were'} dropped from the spool: ${reasons.join(', ')}`,
  )
}

/**
 * Looks after what earlier runs have left: finds those whose wrapper was killed, keeps the bounds, and has a courier
 * deliver what waits. `waiting` says whether something waits still. Never rejects.
 */
export async function recoverAndSchedule(keeper: SpoolKeeper): Promise<{ readonly waiting: boolean }> {
  const { spool, notices } = keeper
  try {
    const { runs, damaged } = await recoverKilledRuns(spool)
    if (runs > 0) notices.verbose(`found ${runs} ${runs === 1 ? 'run' : 'runs'} whose wrapper was killed`)
    if (damaged.length > 0) warnOfDamaged(keeper, damaged.length)
    const { waiting, hasOld, elsewhere } = await survey(keeper)
    if (elsewhere) await noteElsewhere(keeper)
    if (hasOld) await tidy(keeper, TIDY_MS)
    if (waiting) dispatch(keeper)
    return { waiting }
  } catch (error) {
    notices.warn(`the spool cannot be used: ${describeSystemError(error)} (${displayPath(spool)})`, SPOOL)
    return { waiting: false }
  }
}

/** How long a run or a ping may take for dropping what is over the bounds, in milliseconds. */
const TIDY_MS = 300

/** The same if there is no time left. A courier does the rest. */
const LEAST_TIDY_MS = 100

/** What the queue holds, in one reading of the folder, which may be a large one: for as long as a run has for it. */
async function survey({ spool, ...lane }: SpoolKeeper): Promise<{
  readonly waiting: boolean
  readonly hasOld: boolean
  /** Are there events that were kept for a configured address? */
  readonly elsewhere: boolean
}> {
  const oldest = spool.wallClock() - spool.maxAgeMs
  const end = monotonicMs() + TIDY_MS
  let waiting = false
  let hasOld = false
  let elsewhere = false
  let count = 0
  for await (const name of listEvents(spool, 'queue')) {
    count += 1
    waiting ||= isInScope(name, lane)
    hasOld ||= name.order < oldest
    elsewhere ||= name.key === lane.key && name.address === 'configured'
    if (waiting && (hasOld || (count % 1000 === 0 && monotonicMs() > end))) break
  }
  return { waiting, hasOld, elsewhere }
}

/**
 * Events that were kept for a configured address wait if none is set now. A warning says so once and not at each run, which
 * cron would mail; they may be told of again once such an address was set in between.
 */
async function noteElsewhere({ spool, settings, notices }: SpoolKeeper): Promise<void> {
  const note = join(folderOf(spool, 'locks'), 'told-of-address')
  if (settings.url.kind !== 'usable' || !settings.url.isBuiltIn) return unlink(note).catch(() => {})
  try {
    await makeFolder(spool, 'locks')
    await close(await open(note, 'wx', 0o600))
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return
    throw error
  }
  notices.warn(
    `events that were kept for a configured address wait in ${displayPath(spool)} and are not sent to ${settings.url.base}: set CRONITOR_TELEMETRY_URL, or drop them (cronitor spool list)`,
  )
}

/** Do earlier events of the same series wait, which have to arrive first? */
export async function isBehindOthers(
  { spool, ...lane }: SpoolKeeper,
  event: TelemetryEvent,
): Promise<boolean> {
  const seriesId = seriesIdOf(event, lane.key)
  try {
    return (
      (await oldestEvents(spool, 'queue', name => name.seriesId === seriesId && isInScope(name, lane), 1))
        .length > 0
    )
  } catch {
    return false
  }
}

/** Why an event was not sent at once, although nothing was wrong with it. */
export const BEHIND_OTHERS = 'earlier events have to be delivered first'

/** The result of an event that was not sent because of that. */
export function behindOthers(event: TelemetryEvent): EventResult {
  return {
    kind: 'undelivered',
    event,
    lastProblem: BEHIND_OTHERS,
    tries: 0,
  }
}

/** The result of an event that was not sent because the address that is set cannot be used. */
export function withoutAddress(event: TelemetryEvent, problem: string): EventResult {
  return { kind: 'undelivered', event, lastProblem: problem, tries: 0 }
}

/** Starts a courier, unless there is to be none, or nowhere to send to. Never throws. */
export function dispatch({ spool, key, settings, notices }: SpoolKeeper): void {
  if (!settings.courier || settings.url.kind === 'unusable') return
  try {
    const result = startCourier(spool, key, settings)
    if (result !== 'busy')
      notices.verbose(result === 'started' ? 'started a courier' : 'no courier could be started')
  } catch (error) {
    notices.warn(`the spool cannot be written: ${describeSystemError(error)} (${displayPath(spool)})`, SPOOL)
  }
}

/** Without a courier: delivers what waits from here, until the signal aborts. Never rejects. */
export async function deliverWaiting(
  keeper: SpoolKeeper,
  destination: Destination,
  role: 'run' | 'ping',
  signal: AbortSignal,
): Promise<void> {
  const { spool, key, settings, notices } = keeper
  try {
    const acquired = acquireLock(deliveryLockPath(spool, key), role, spool.place)
    if (acquired.kind === 'busy') return
    const delivery = openSpoolSender(spool, keeper, settings, destination, readKeyFile)
    try {
      let damaged = 0
      const report = (what: { readonly kind: string }) => {
        notices.verbose(`from the spool: ${what.kind}`)
        if (what.kind === 'damaged') damaged += 1
      }
      await drain({ ...delivery.tools, report }, signal)
      if (damaged > 0) warnOfDamaged(keeper, damaged)
    } finally {
      delivery.close()
      acquired.lock.release()
    }
  } catch (error) {
    notices.warn(`the spool cannot be used: ${describeSystemError(error)} (${displayPath(spool)})`, SPOOL)
  }
}
