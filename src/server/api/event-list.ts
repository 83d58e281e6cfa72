/** What `/api/events` answers: events in the order in which they were stored, behind a cursor. */

import type { Store } from '../store/store.ts'
import { type EventJson, eventJson } from './event-line.ts'
import type { LongPoll } from './long-poll.ts'
import { type ParameterValues, wholeNumber } from './query-parameters.ts'
import { DEFAULT_LIMIT, PAGE_PARAMETERS } from './run-list.ts'

export const EVENT_PARAMETERS = {
  ...PAGE_PARAMETERS,
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER),
} as const

export interface EventPage {
  /** Oldest first. */
  readonly events: readonly (EventJson & { readonly id: number })[]
  /** For `after`, to go on from. */
  readonly next: number
  /** The newest event when this was looked up. */
  readonly newest: number
}

/** With a visit it waits until there are some, or the visit is over. */
export async function listEventsAfter(
  store: Store,
  { after = 0, limit = DEFAULT_LIMIT }: ParameterValues<typeof EVENT_PARAMETERS>,
  visit: LongPoll | undefined,
): Promise<EventPage> {
  for (;;) {
    const { event: newest } = await store.newest()
    // The cursor is of another store, which was put away: all of this one is new.
    if (after > newest) return { events: [], next: 0, newest }
    const events = await store.events({ after, limit })
    if (events.length > 0 || visit === undefined || (await visit.next()) === 'over') {
      return {
        events: events.map(event => ({ id: event.id, ...eventJson(event) })),
        next: events.at(-1)?.id ?? after,
        newest,
      }
    }
  }
}
