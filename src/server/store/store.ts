/** Where the events are: the one place where every way in and every way out meet. */

import type { Expectation, HealthChange, Monitor, Run } from '../monitors/monitors.ts'
import type { ReceivedEvent, StoredEvent } from './event.ts'

export type Recorded =
  | { readonly kind: 'stored'; readonly event: StoredEvent }
  /** `run`, `complete` or `fail` of a series that had it already: nothing was stored, and all is well. */
  | { readonly kind: 'repeated' }

export interface MonitorQuery {
  /** Only this one. */
  readonly key?: string
  /** How many of the latest runs each comes with; 0 to 30. Default: 30. */
  readonly recent?: number
}

export interface RunQuery {
  readonly monitorKey?: string
  /** 1 to 1,000. */
  readonly limit: number
  /** Only runs with a smaller id: the next page. */
  readonly before?: number
}

export interface ChangedRuns {
  /** Each once, as it is now, in the order of the last change; also those that became `lost` by another's end. */
  readonly runs: readonly Run[]
  /** The `after` to go on from: nothing is left out, and nothing comes twice that did not change again. */
  readonly next: number
}

export interface Totals {
  /** Events stored, by monitor and state; pruned ones count on. */
  readonly events: readonly { readonly monitorKey: string; readonly state: string; readonly count: number }[]
  /** Runs that ended, by monitor and state; pruned ones count on. `running` and `lost` are those of now. */
  readonly runs: readonly { readonly monitorKey: string; readonly state: string; readonly count: number }[]
  readonly lastSuccess: readonly { readonly monitorKey: string; readonly at: number }[]
}

export interface Store {
  /**
   * Resolves once the event is on disk, as far as the system can tell (SQLite, synchronous=FULL). Rejects where it
   * could not be written: the sender is to be told to try again.
   */
  readonly record: (event: ReceivedEvent) => Promise<Recorded>
  /** Events with an id above `after`, oldest first, at most `limit` (1 to 1,000). */
  readonly events: (query: { readonly after: number; readonly limit: number }) => Promise<StoredEvent[]>
  /** Sorted by key. Those of expectations are there from the start. */
  readonly monitors: (query?: MonitorQuery) => Promise<Monitor[]>
  /** Newest first. */
  readonly runs: (query: RunQuery) => Promise<Run[]>
  /** The runs that events with an id above `after` have changed, of which at most `limit` are looked at (1 to 1,000). */
  readonly changedRuns: (query: { readonly after: number; readonly limit: number }) => Promise<ChangedRuns>
  /** Rejects where the database cannot be read, or where the last event could not be stored and nothing can be stored yet. */
  readonly check: () => Promise<void>
  /** Up to which event runs and monitors follow: all of them, but where the disk is full, say. */
  readonly runsUpTo: () => Promise<number>
  readonly totals: () => Promise<Totals>
  /** Changes of health with an id above `after`, oldest first, at most `limit` (1 to 1,000). */
  readonly changes: (query: { readonly after: number; readonly limit: number }) => Promise<HealthChange[]>
  /** A reader's place, kept across restarts: how far `changes` or `events` were passed on. 0 where none was set. */
  readonly cursor: (name: string) => Promise<number>
  readonly setCursor: (name: string, id: number) => Promise<void>
  /** How large the database is, in bytes; without its log, which SQLite keeps short. */
  readonly size: () => Promise<number>
  /** The id of the newest event, the newest change; 0 where there is none. */
  readonly newest: () => Promise<{ readonly event: number; readonly change: number }>
  /** Replaces what was expected before. */
  readonly expect: (expectations: readonly Expectation[]) => Promise<void>
  /** Makes late what is overdue at `now` (milliseconds since 1970); resolves with when to ask again, if ever. */
  readonly markLate: (now: number) => Promise<number | undefined>
  /** Removes events and ended runs that are older than `before` (milliseconds since 1970); resolves with how many events. */
  readonly prune: (before: number) => Promise<number>
  /** Called after each commit, with what was stored in it and whether the health of a monitor changed. */
  readonly onStored: (listener: (news: News) => void) => () => void
  /** What was recorded is committed first. */
  readonly close: () => Promise<void>
}

export interface News {
  readonly events: readonly StoredEvent[]
  /** A change was added to `changes`. */
  readonly healthChanged: boolean
}
