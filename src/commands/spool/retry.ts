/** `cronitor spool retry`: puts events that the API has refused back into the queue. */

import { deliveryScopeOf, destinationOf } from '../../report/destination.ts'
import { NO_KEY } from '../../report/notices/missing-key.ts'
import type { Notices } from '../../report/notices/notices.ts'
import { moveEvent, rekeyEvent } from '../../spool/change-event.ts'
import type { KeyFingerprint } from '../../spool/delivery-scope.ts'
import type { EventFileContent } from '../../spool/event-file.ts'
import type { EventFileName } from '../../spool/event-file-name.ts'
import { oldestEvents } from '../../spool/list-events.ts'
import { readEventSync } from '../../spool/read-event.ts'
import { folderOf, type Spool } from '../../spool/spool.ts'
import type { SpooledEvent } from '../../spool/spooled-event.ts'
import { syncFolder } from '../../system/write-file.ts'
import { print } from '../terminal/print.ts'
import { eventsWere, itOrThem } from './event-count.ts'
import type { SpoolRetryFlags } from './spool-flags.ts'
import { withSpool } from './with-spool.ts'

/** Resolves with the exit status. */
export function retryRejected(flags: SpoolRetryFlags): Promise<0 | 1> {
  return withSpool(flags, async ({ spool, notices, settings }) => {
    const key = destinationOf(settings).kind === 'no-key' ? undefined : deliveryScopeOf(settings).key
    if (flags.rekey && key === undefined) {
      if (!settings.isMissingKeyExplained) notices.warn(`nothing was put back for --rekey: ${NO_KEY}`)
      return 1
    }
    const newKey = flags.rekey ? key : undefined
    const rekeyed = newKey === undefined ? 0 : await rekeyQueue(spool, newKey, notices)
    const { count, others } = await putBackRejected(spool, notices, key, newKey)
    if (rekeyed > 0) {
      await syncFolder(folderOf(spool, 'queue'))
      print(
        `${eventsWere(rekeyed)} made ready to be sent with the key that is set now. ${deliveredLater(rekeyed)}\n`,
      )
    }
    if (count > 0) print(`${eventsWere(count)} put back. ${deliveredLater(count)}${rekeyHint(others)}\n`)
    if (count === 0 && rekeyed === 0) print('Nothing was refused.\n')
    return 0
  })
}

/** Gives the key to all events in the queue that have another one. */
async function rekeyQueue(spool: Spool, key: KeyFingerprint, notices: Notices): Promise<number> {
  let count = 0
  const hasOtherKey = (name: EventFileName) => name.key !== key
  for (const name of await oldestEvents(spool, 'queue', hasOtherKey, Number.MAX_SAFE_INTEGER)) {
    const content = readEventSync(spool, 'queue', name)
    if (content?.kind === 'event') {
      await rekeyEvent(spool, name, 'queue', { ...content.spooled, key })
      count += 1
    } else if (content !== undefined) warnUnreadable(name, content, notices)
  }
  return count
}

/** `others` have another key than the one that is set. */
async function putBackRejected(
  spool: Spool,
  notices: Notices,
  setKey: KeyFingerprint | undefined,
  newKey: KeyFingerprint | undefined,
): Promise<{ readonly count: number; readonly others: number }> {
  let count = 0
  let others = 0
  for (const name of await oldestEvents(spool, 'rejected', () => true, Number.MAX_SAFE_INTEGER)) {
    const content = readEventSync(spool, 'rejected', name)
    if (content?.kind === 'event') {
      // Resets the event to the state before its first try.
      const { refused, lastProblem, notBefore, notBeforeUp, offered, ...fresh } = content.spooled
      const key = newKey ?? fresh.key
      await putBack(spool, name, { ...fresh, key, tries: 0, putBack: true })
      count += 1
      if (key !== setKey) others += 1
    } else if (content !== undefined) warnUnreadable(name, content, notices)
  }
  return { count, others }
}

/** The key is part of the file name, so the file gets another name. */
async function putBack(spool: Spool, name: EventFileName, spooled: SpooledEvent): Promise<void> {
  if (spooled.key === name.key) await moveEvent(spool, name, 'rejected', spooled)
  else await rekeyEvent(spool, name, 'rejected', spooled)
}

function warnUnreadable(
  { file }: EventFileName,
  content: Exclude<EventFileContent, { readonly kind: 'event' }>,
  notices: Notices,
): void {
  const problem = content.kind === 'newer' ? 'was written by a newer version' : content.problem
  notices.warn(`${file} ${problem}; it stays`)
}

function deliveredLater(count: number): string {
  return `The next run delivers ${itOrThem(count)}, or cronitor spool flush.`
}

function rekeyHint(others: number): string {
  return others === 0
    ? ''
    : ` ${others} of them ${others === 1 ? 'needs' : 'need'} another key: cronitor spool retry --rekey sends ${itOrThem(others)} with the one that is set now.`
}
