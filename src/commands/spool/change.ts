/** `cronitor spool retry` and `cronitor spool drop`. */

import { deliveryScopeOf, destinationOf } from '../../report/destination.ts'
import { NO_KEY } from '../../report/notices/missing-key.ts'
import type { Notices } from '../../report/notices/notices.ts'
import { moveEvent, rekeyEvent, removeEvent } from '../../spool/change-event.ts'
import type { KeyFingerprint } from '../../spool/delivery-scope.ts'
import type { EventFileContent } from '../../spool/event-file.ts'
import type { EventFileName } from '../../spool/event-file-name.ts'
import { listEvents, oldestEvents } from '../../spool/list-events.ts'
import { readEventSync } from '../../spool/read-event.ts'
import { folderOf, type Spool } from '../../spool/spool.ts'
import type { SpooledEvent } from '../../spool/spooled-event.ts'
import { ageMs } from '../../system/boot-clock.ts'
import { syncFolder } from '../../system/write-file.ts'
import { print } from '../terminal/print.ts'
import type { SpoolDropFlags, SpoolRetryFlags } from './spool-flags.ts'
import { withSpool } from './with-spool.ts'

/** Puts what was refused back into the queue, as if it had never been tried. Resolves with the exit status. */
export function retryRejected(flags: SpoolRetryFlags): Promise<0 | 1> {
  return withSpool(flags, async ({ spool, notices, settings }) => {
    const ownKey = destinationOf(settings).kind === 'no-key' ? undefined : deliveryScopeOf(settings).key
    if (flags.rekey && ownKey === undefined) {
      if (!settings.isMissingKeyExplained) notices.warn(`nothing was put back for --rekey: ${NO_KEY}`)
      return 1
    }
    const rekeyed = flags.rekey && ownKey !== undefined ? await rekeyQueue(spool, ownKey, notices) : 0
    let count = 0
    let others = 0
    for (const name of await oldestEvents(spool, 'rejected', () => true, Number.MAX_SAFE_INTEGER)) {
      const read = readEventSync(spool, 'rejected', name)
      if (read?.kind === 'event') {
        // As if it had never been tried.
        const { refused, lastProblem, notBefore, notBeforeUp, offered, ...fresh } = read.spooled
        const key = flags.rekey && ownKey !== undefined ? ownKey : fresh.key
        await putBack(spool, name, { ...fresh, key, tries: 0 })
        count += 1
        if (key !== ownKey) others += 1
      } else if (read !== undefined) stays(name, read, notices)
    }
    if (rekeyed > 0) {
      await syncFolder(folderOf(spool, 'queue'))
      print(
        `${events(rekeyed)} made ready to be sent with the key that is set now. ${deliveredLater(rekeyed)}\n`,
      )
    }
    if (count === 0 && rekeyed === 0) print('Nothing was refused.\n')
    if (count > 0) {
      const wait =
        others === 0
          ? ''
          : ` ${others} of them ${others === 1 ? 'needs' : 'need'} another key: cronitor spool retry --rekey sends ${itOrThem(others)} with the one that is set now.`
      print(`${events(count)} put back. ${deliveredLater(count)}${wait}\n`)
    }
    return 0
  })
}

/** What waits for another key is made to wait for this one. */
async function rekeyQueue(spool: Spool, key: KeyFingerprint, notices: Notices): Promise<number> {
  let count = 0
  const foreign = (name: EventFileName) => name.key !== key
  for (const name of await oldestEvents(spool, 'queue', foreign, Number.MAX_SAFE_INTEGER)) {
    const read = readEventSync(spool, 'queue', name)
    if (read?.kind === 'event') {
      await rekeyEvent(spool, name, 'queue', { ...read.spooled, key })
      count += 1
    } else if (read !== undefined) stays(name, read, notices)
  }
  return count
}

function stays(
  { file }: EventFileName,
  read: Exclude<EventFileContent, { readonly kind: 'event' }>,
  notices: Notices,
): void {
  notices.warn(`${file} ${read.kind === 'newer' ? 'is of a newer version' : read.problem}; it stays`)
}

/** An event that gets another key gets a new name, because the name holds the key's fingerprint. */
async function putBack(spool: Spool, name: EventFileName, spooled: SpooledEvent): Promise<void> {
  if (spooled.key === name.key) await moveEvent(spool, name, 'rejected', spooled)
  else await rekeyEvent(spool, name, 'rejected', spooled)
}

/** Drops what waits, or what was refused. Resolves with the exit status. */
export function dropEvents(flags: SpoolDropFlags): Promise<0 | 1> {
  return withSpool(flags, async ({ spool }) => {
    const folder = flags.rejected ? 'rejected' : 'queue'
    const { olderThan } = flags
    // A name tells the order alone: how old an event is says its file.
    const isOld = (name: EventFileName): boolean => {
      if (olderThan === undefined) return true
      const read = readEventSync(spool, folder, name)
      return read?.kind === 'event' && ageMs(spool, read.spooled.occurredAt, read.spooled.up) > olderThan
    }
    let count = 0
    for await (const name of listEvents(spool, folder)) {
      if (isOld(name) && (await removeEvent(spool, folder, name))) count += 1
    }
    print(`${events(count)} dropped.\n`)
    return 0
  })
}

function events(count: number): string {
  return count === 1 ? '1 event was' : `${count} events were`
}

function itOrThem(count: number): string {
  return count === 1 ? 'it' : 'them'
}

function deliveredLater(count: number): string {
  return `The next run delivers ${itOrThem(count)}, or cronitor spool flush.`
}
