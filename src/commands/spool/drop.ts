/** `cronitor spool drop`: removes events that wait, or that the API has refused. */

import { removeEvent } from '../../spool/change-event.ts'
import type { EventFileName } from '../../spool/event-file-name.ts'
import { listEvents } from '../../spool/list-events.ts'
import { readEventSync } from '../../spool/read-event.ts'
import { ageMs } from '../../system/boot-clock.ts'
import { print } from '../terminal/print.ts'
import { eventsWere } from './event-count.ts'
import type { SpoolDropFlags } from './spool-flags.ts'
import { withSpool } from './with-spool.ts'

/** Resolves with the exit status. */
export function dropEvents(flags: SpoolDropFlags): Promise<0 | 1> {
  return withSpool(flags, async ({ spool }) => {
    const folder = flags.rejected ? 'rejected' : 'queue'
    const { olderThan } = flags
    // The age is in the file, not in its name: that has only a number to sort by.
    const isOldEnough = (name: EventFileName): boolean => {
      if (olderThan === undefined) return true
      const content = readEventSync(spool, folder, name)
      if (content?.kind !== 'event') return false
      const { occurredAt, up } = content.spooled
      return ageMs(spool, occurredAt, up) > olderThan
    }
    let count = 0
    for await (const name of listEvents(spool, folder)) {
      if (isOldEnough(name) && (await removeEvent(spool, folder, name))) count += 1
    }
    print(`${eventsWere(count)} dropped.\n`)
    return 0
  })
}
