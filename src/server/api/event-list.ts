/** The answer of `/api/events`: events after a cursor, in the order of storing. */

import type { Store } from '../store/store.ts'
import { type EventJson, eventJson } from './event-json.ts'
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
  /** The `after` of the next page. */
  readonly next: number
  /** The id of the newest event at the time of the query. */
  readonly newest: number
}

/** With a poll, waits until there are events or the poll is over. */
export async function listEventsAfter(
  store: Store,
  { after = 0, limit = DEFAULT_LIMIT }: ParameterValues<typeof EVENT_PARAMETERS>,
  poll: LongPoll | undefined,
): Promise<EventPage> {
  for (;;) {
    const { event: newest } = await store.newest()
    // The cursor belongs to a database that was replaced: the client must start from the beginning.
    if (after > newest) return { events: [], next: 0, newest }
    const events = await store.events({ after, limit })
    if (events.length > 0 || poll === undefined || (await poll.next()) === 'over') {
      return {
        events: events.map(event => ({ id: event.id, ...eventJson(event) })),
        next: events.at(-1)?.id ?? after,
        newest,
      }
    }
  }
}
