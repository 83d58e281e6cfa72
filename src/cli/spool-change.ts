/** `cronitor spool retry` and `cronitor spool drop`. */

import type { SpooledEvent } from '../spool/event-file.ts'
import type { EventName } from '../spool/event-name.ts'
import type { Spool } from '../spool/folders.ts'
import { eventNames, moveEvent, oldestEvents, putEvents, readEvent, removeEvent } from '../spool/queue.ts'
import { destinationOf, laneOf, NO_KEY } from './destination.ts'
import { print } from './print.ts'
import type { SpoolDropFlags, SpoolRetryFlags } from './spool-command.ts'
import { withSpool } from './with-spool.ts'

/** Puts what was refused back into the queue, as if it had never been tried. Resolves with the exit status. */
export function retryRejected(flags: SpoolRetryFlags): Promise<0 | 1> {
  return withSpool(flags, async ({ spool, own, settings }) => {
    const ownKey = destinationOf(settings).kind === 'no-key' ? undefined : laneOf(settings).key
    if (flags.rekey && ownKey === undefined) {
      if (!settings.isKeyTold) own.warn(`nothing was put back, --rekey needs the key and ${NO_KEY}`)
      return 1
    }
    let count = 0
    let others = 0
    for (const name of await oldestEvents(spool, 'rejected', () => true, Number.MAX_SAFE_INTEGER)) {
      const read = await readEvent(spool, 'rejected', name)
      if (read?.kind === 'event') {
        const { address, occurredAt, event } = read.spooled
        const key = flags.rekey && ownKey !== undefined ? ownKey : read.spooled.key
        await putBack(spool, name, { key, address, occurredAt, event, tries: 0 })
        count += 1
        if (key !== ownKey) others += 1
      } else if (read !== undefined) {
        own.warn(`${name.file} ${read.kind === 'newer' ? 'is of a newer version' : read.problem}; it stays`)
      }
    }
    if (count === 0) print('Nothing was refused.\n')
    else {
      const wait = others === 0 ? '' : ` ${others} of them can be sent with another key alone (see --rekey).`
      print(`${events(count)} put back. The next run delivers them, or cronitor spool flush.${wait}\n`)
    }
    return 0
  })
}

/** Under a new name where it is to be sent with another key: a name tells whose an event is. */
async function putBack(spool: Spool, name: EventName, spooled: SpooledEvent): Promise<void> {
  if (spooled.key === name.key) await moveEvent(spool, name, 'rejected', spooled)
  else {
    await putEvents(spool, 'queue', [spooled])
    await removeEvent(spool, 'rejected', name)
  }
}

/** Drops what waits, or what was refused. Resolves with the exit status. */
export function dropEvents(flags: SpoolDropFlags): Promise<0 | 1> {
  return withSpool(flags, async ({ spool }) => {
    const folder = flags.rejected ? 'rejected' : 'queue'
    const before = spool.wallClock() - (flags.olderThan ?? Number.NEGATIVE_INFINITY)
    const isOld = flags.olderThan === undefined ? () => true : (order: number) => order < before
    let count = 0
    for await (const name of eventNames(spool, folder)) {
      if (isOld(name.order) && (await removeEvent(spool, folder, name))) count += 1
    }
    print(`${events(count)} dropped.\n`)
    return 0
  })
}

function events(count: number): string {
  return count === 1 ? '1 event was' : `${count} events were`
}
