/** Reads the stored events that the rows of their monitors do not include. */

import type { StoredEvent } from '../../event.ts'
import { createEventReader } from '../read-events.ts'
import type { Sqlite } from '../sqlite.ts'

const PAGE = 250

/** The reader yields pages of events with an id above `after`, oldest first. */
export function createUnappliedEventReader(db: Sqlite): (after: number) => Generator<StoredEvent[]> {
  const read = createEventReader(db, 'e.id > m.derived')
  return function* (after) {
    for (let from = after; ; ) {
      const page = read({ after: from, limit: PAGE })
      yield page
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      from = last.id
    }
  }
}
