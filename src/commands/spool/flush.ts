/** `cronitor spool flush`: delivers the events that wait in the spool, now. */

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
import type { Destination } from '../../telemetry/event.ts'
import type { CommonFlags } from '../command-line.ts'
import { print } from '../terminal/print.ts'
import { createProgressBar } from '../terminal/progress-bar.ts'
import { takeOverDeliveryLock } from './take-over-lock.ts'
import { withSpool } from './with-spool.ts'

/** Resolves with the exit status: 0 if the queue then has no events, of this key or another. */
export function flushSpool(flags: CommonFlags): Promise<0 | 1> {
  return withSpool(flags, async ({ spool, settings, notices }) => {
    const fail = (problem: string): 1 => {
      notices.warn(problem)
      return 1
    }
    const target = destinationOf(settings)
    // A warning about the settings was given before.
    if (target.kind === 'no-key')
      return settings.isMissingKeyExplained ? 1 : fail(`nothing was sent: ${NO_KEY}`)
    if (target.kind === 'no-address') return 1
    const { destination } = target
    const keeper: SpoolKeeper = { spool, ...deliveryScopeOf(settings), settings, notices }
    const taken = await takeOverDeliveryLock(keeper)
    if (taken.kind === 'busy') return fail(`another process delivers from this spool${taken.holder}`)
    const showsBar = isatty(2) && !flags.quiet && !flags.verbose
    const count = await deliverAll(keeper, destination, showsBar).finally(() => taken.lock.release())
    if (count.damaged > 0) warnDamaged(notices, spool, count.damaged)
    const { left, others, elsewhere } = await countWaiting(keeper)
    // Replaces the courier that was stopped.
    if (left > 0 && taken.hasStoppedCourier) startCourier(keeper)
    print(`${summary({ ...count, left, others, elsewhere })}\n`)
    if (count.failure !== undefined) return fail(`the spool cannot be used: ${count.failure}`)
    return left + others + elsewhere === 0 ? 0 : 1
  })
}

interface Count {
  delivered: number
  refused: number
  damaged: number
  /** Why the spool could no longer be used. */
  failure?: string
}

/** With `--deliver-within 0s`, no event would be sent. */
const MIN_DELIVERY_MS = 1000

async function deliverAll(keeper: SpoolKeeper, destination: Destination, showsBar: boolean): Promise<Count> {
  const { spool, settings, notices } = keeper
  const log = openEventLog(settings, text => notices.warn(text))
  const delivery = openSpoolSender(spool, keeper, settings, destination, readKeyFile)
  try {
    const { damaged } = await recoverKilledRuns(spool)
    const count: Count = { delivered: 0, refused: 0, damaged: damaged.length }
    await dropExcess(keeper)
    const bar = createProgressBar(2, showsBar, (await countWaiting(keeper)).left)
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
    const giveUpAfterMs = Math.max(settings.deliverWithinMs, MIN_DELIVERY_MS)
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

interface WaitingCounts {
  left: number
  /** Events of another key. */
  others: number
  /** Events that were kept for a configured address, while none is set now. */
  elsewhere: number
}

async function countWaiting({ spool, key, address }: SpoolKeeper): Promise<WaitingCounts> {
  const count: WaitingCounts = { left: 0, others: 0, elsewhere: 0 }
  for await (const name of listEvents(spool, 'queue')) {
    if (name.key !== key) count.others += 1
    else if (needsConfiguredAddress(name, address)) count.elsewhere += 1
    else count.left += 1
  }
  return count
}
