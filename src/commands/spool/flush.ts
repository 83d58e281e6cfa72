/** `cronitor spool flush`: delivers what waits in the spool, now. */

import { isatty } from 'node:tty'
import { deliveryScopeOf, destinationOf } from '../../report/destination.ts'
import { dropExcess } from '../../report/drop-excess.ts'
import { openEventLog } from '../../report/event-log.ts'
import { NO_KEY } from '../../report/notices/missing-key.ts'
import { warnDamaged } from '../../report/notices/spool-warnings.ts'
import type { SpoolKeeper } from '../../report/spool-keeper.ts'
import { startCourier } from '../../report/start-courier.ts'
import { readKeyFile } from '../../settings/key-file.ts'
import { needsConfiguredAddress } from '../../spool/delivery-scope.ts'
import { drain } from '../../spool/drain/drain.ts'
import { type DrainReport, describeDrainReport } from '../../spool/drain/drain-report.ts'
import { listEvents } from '../../spool/list-events.ts'
import { recoverKilledRuns } from '../../spool/recovery.ts'
import { openSpoolSender } from '../../spool/sender.ts'
import { deliveryLockPath } from '../../spool/spool.ts'
import { monotonicMs } from '../../system/clock.ts'
import { acquireLock, type Lock, type LockHolder } from '../../system/lock.ts'
import { isAlive, isSamePlace } from '../../system/process-id.ts'
import { sleep } from '../../system/sleep.ts'
import type { Destination } from '../../telemetry/event.ts'
import type { CommonFlags } from '../command-line.ts'
import { print } from '../terminal/print.ts'
import { createProgressBar } from '../terminal/progress-bar.ts'
import { withSpool } from './with-spool.ts'

/** How long another process is waited for, in milliseconds: a courier that was asked to leave ends its requests. */
const TAKE_OVER_MS = 15_000

/** Resolves with the exit status: 0 where nothing is left in the queue, of whichever key. */
export function flushSpool(flags: CommonFlags): Promise<0 | 1> {
  return withSpool(flags, async ({ spool, settings, notices }) => {
    const fail = (problem: string): 1 => {
      notices.warn(problem)
      return 1
    }
    const target = destinationOf(settings)
    // What is wrong with the settings has been told already.
    if (target.kind === 'no-key')
      return settings.isMissingKeyExplained ? 1 : fail(`nothing was sent: ${NO_KEY}`)
    if (target.kind === 'no-address') return 1
    const { destination } = target
    const keeper: SpoolKeeper = { spool, ...deliveryScopeOf(settings), settings, notices }
    const taken = await takeLock(keeper)
    if (!('lock' in taken)) return fail(`another process delivers from this spool${taken.by}`)
    const showsBar = isatty(2) && !flags.quiet && !flags.verbose
    const count = await deliverAll(keeper, destination, showsBar).finally(() => taken.lock.release())
    if (count.damaged > 0) warnDamaged(notices, spool, count.damaged)
    const { left, others, elsewhere } = await waiting(keeper)
    // The courier that had to leave for this would have gone on.
    if (left > 0 && taken.fromCourier) startCourier(keeper)
    print(`${summary({ ...count, left, others, elsewhere })}\n`)
    if (count.failure !== undefined) return fail(`the spool cannot be used: ${count.failure}`)
    return left + others + elsewhere === 0 ? 0 : 1
  })
}

interface Count {
  delivered: number
  refused: number
  damaged: number
  /** Why the spool could not be used to the end. */
  failure?: string
}

/** A time of nothing would mean that nothing is tried. */
const LEAST_PATIENCE_MS = 1000

async function deliverAll(keeper: SpoolKeeper, destination: Destination, showsBar: boolean): Promise<Count> {
  const { spool, settings, notices } = keeper
  const log = openEventLog(settings.log, settings.secrets, text => notices.warn(text))
  const delivery = openSpoolSender(spool, keeper, settings, destination, readKeyFile)
  try {
    const { damaged } = await recoverKilledRuns(spool)
    const count: Count = { delivered: 0, refused: 0, damaged: damaged.length }
    await dropExcess(keeper)
    const bar = createProgressBar(2, showsBar, (await waiting(keeper)).left)
    const report = (what: DrainReport): void => {
      log.writeLate(what)
      notices.verbose(describeDrainReport(what))
      if (what.kind === 'failed') count.failure = what.problem
      if (what.kind === 'newer' || what.kind === 'unreadable') notices.warn(describeDrainReport(what))
      if (what.kind === 'delivered' || what.kind === 'refused' || what.kind === 'damaged') {
        count[what.kind] += 1
        bar.advance()
      }
    }
    const giveUpAfterMs = Math.max(settings.deliverWithinMs, LEAST_PATIENCE_MS)
    await drain({ ...delivery.tools, report, giveUpAfterMs }, new AbortController().signal)
    bar.end()
    return count
  } finally {
    delivery.close()
  }
}

function summary(count: {
  readonly delivered: number
  readonly refused: number
  readonly damaged: number
  readonly left: number
  readonly others: number
  readonly elsewhere: number
}): string {
  const { delivered, refused, damaged, left, others, elsewhere } = count
  return [
    `${delivered} delivered`,
    refused > 0 && `${refused} refused (cronitor spool list --rejected)`,
    damaged > 0 && `${damaged} damaged`,
    `${left} left`,
    others > 0 && `${others} waiting for another key`,
    elsewhere > 0 && `${elsewhere} waiting for a configured address (--url): not sent to the built-in one`,
  ]
    .filter(Boolean)
    .join(', ')
}

interface Waiting {
  left: number
  /** They wait for another key. */
  others: number
  /** They were kept for a configured address, and none is set now. */
  elsewhere: number
}

async function waiting({ spool, key, address }: SpoolKeeper): Promise<Waiting> {
  const count: Waiting = { left: 0, others: 0, elsewhere: 0 }
  for await (const name of listEvents(spool, 'queue')) {
    if (name.key !== key) count.others += 1
    else if (needsConfiguredAddress(name, address)) count.elsewhere += 1
    else count.left += 1
  }
  return count
}

/** A courier may be in the middle of a back-off, and is asked to leave; others are soon done. */
async function takeLock({
  spool,
  key,
}: SpoolKeeper): Promise<{ readonly lock: Lock; readonly fromCourier: boolean } | { readonly by: string }> {
  const path = deliveryLockPath(spool, key)
  const asked = new Set<string>()
  const end = monotonicMs() + TAKE_OVER_MS
  for (;;) {
    const acquired = acquireLock(path, 'flush', spool.place)
    if (acquired.kind === 'held') return { lock: acquired.lock, fromCourier: asked.size > 0 }
    const { holder } = acquired
    if (holder?.role === 'flush' || holder?.role === 'relay' || monotonicMs() > end)
      return { by: holder === undefined ? '' : `: ${holder.role}, process ${holder.pid}` }
    // Others have something else to do as well, and a wrapper would pass the signal on to its job.
    if (holder?.role === 'courier' && !asked.has(holder.nonce) && isSamePlace(holder, spool.place)) {
      asked.add(holder.nonce)
      askToLeave(holder)
    }
    await sleep(50, new AbortController().signal)
  }
}

function askToLeave(holder: LockHolder): void {
  if (!isAlive(holder)) return
  try {
    process.kill(holder.pid, 'SIGTERM')
  } catch {
    // It has left this moment, or is root's.
  }
}
