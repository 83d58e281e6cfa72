/** The interface of the event store. sqlite/engine-store.ts implements it. */

import type { Expectation, HealthChange, Monitor, Run } from '../monitors/monitors.ts'
import type { ReceivedEvent, StoredEvent } from './event.ts'
import type { Peers } from './peers.ts'

export type Recorded =
  | { readonly kind: 'stored'; readonly event: StoredEvent }
  /** A `run`, `complete` or `fail` that its series has already (model/match-series.ts): it was not stored. */
  | { readonly kind: 'repeated' }
  /** A new monitor, or a known one in a new environment, beyond the bound of monitors: it was not stored. */
  | { readonly kind: 'too-many-monitors' }

/** Monitors by their keys, for reading all of them in slices. The order is that of the keys' bytes. */
export interface KeyRange {
  /** Only monitors with a larger key. */
  readonly after?: string
  /** Only monitors with this key or a smaller one. */
  readonly upTo?: string
}

export interface MonitorQuery extends KeyRange {
  /** Only this monitor. */
  readonly key?: string
  /** Only these monitors. */
  readonly keys?: readonly string[]
  /** At most so many monitors. Without `after`, they include all stored events. */
  readonly limit?: number
  /** State, health, times and runs of this environment alone ('' for none); monitors without it are left out. */
  readonly env?: string
  /** How many of the latest runs to include with each monitor; 0 to 30. Default: 30. */
  readonly recent?: number
}

export interface RunQuery {
  readonly monitorKey?: string
  /** Only runs of this environment; '' for none. */
  readonly env?: string
  /** 1 to 1,000. */
  readonly limit: number
  /** Only runs with a smaller id, for the next page. */
  readonly before?: number
}

export interface ChangedRuns {
  /** Each changed run once, in its current state, in the order of the last change; also runs that became `lost`. */
  readonly runs: readonly Run[]
  /** The `after` of the next query, which then returns every later change and no earlier one. */
  readonly next: number
}

/** A monitor in one of its environments; `env` is '' for none. */
export interface MonitorInEnv {
  readonly monitorKey: string
  readonly env: string
}

export interface Totals {
  /** Stored events by monitor, environment and state, including pruned ones. */
  readonly events: readonly (MonitorInEnv & { readonly state: string; readonly count: number })[]
  /** Ended runs likewise, including pruned ones. `running` and `lost` count the current runs. */
  readonly runs: readonly (MonitorInEnv & { readonly state: string; readonly count: number })[]
  readonly lastSuccess: readonly (MonitorInEnv & { readonly at: number })[]
}

export interface Store {
  /**
   * Resolves once the event is on disk (SQLite, synchronous=FULL). Rejects if it could not be written: the sender
   * must then get an answer that makes it retry.
   */
  readonly record: (event: ReceivedEvent) => Promise<Recorded>
  /** Events with an id above `after`, oldest first, at most `limit` (1 to 1,000). */
  readonly events: (query: { readonly after: number; readonly limit: number }) => Promise<StoredEvent[]>
  /** Sorted by key. A monitor with an expectation is listed before its first event. */
  readonly monitors: (query?: MonitorQuery) => Promise<Monitor[]>
  /** Newest first. */
  readonly runs: (query: RunQuery) => Promise<Run[]>
  /** The runs that changed with events above `after`; examines at most `limit` events (1 to 1,000). */
  readonly changedRuns: (query: { readonly after: number; readonly limit: number }) => Promise<ChangedRuns>
  /**
   * Rejects, with the reason as its message, if events cannot be stored or read. After an event that could not be stored,
   * and before the first one, it stores something of an event's size and removes it.
   */
  readonly check: () => Promise<void>
  /**
   * Calls the listener when events cannot be stored any more, with the reason, and with undefined when they can again.
   * Meanwhile the store checks that by itself. Returns a function that unsubscribes.
   */
  readonly onWriteProblem: (listener: (problem: string | undefined) => void) => () => void
  /** Runs and monitors include all events up to this id: the newest one, unless the disk is full, for example. */
  readonly runsUpTo: () => Promise<number>
  /** Without `after`, they include all stored events. */
  readonly totals: (range?: KeyRange) => Promise<Totals>
  /** Changes of health with an id above `after`, oldest first, at most `limit` (1 to 1,000). */
  readonly changes: (query: { readonly after: number; readonly limit: number }) => Promise<HealthChange[]>
  /** A reader's position in `changes` or `events`, kept across restarts. 0 if none was set. */
  readonly cursor: (name: string) => Promise<number>
  /** Resolves once the position is on disk. `lazy`: it may be lost if the machine crashes, and the disk is not synced. */
  readonly setCursor: (name: string, id: number, durability?: 'lazy') => Promise<void>
  /**
   * Sets the position if it is still `from` (0: if none was set). False if not: another server has set it. Resolves once
   * the position is on disk.
   */
  readonly moveCursor: (name: string, from: number, to: number) => Promise<boolean>
  /** The size of the database in bytes, without its log, which SQLite keeps short. */
  readonly size: () => Promise<number>
  /** The ids of the newest event and of the newest change; 0 if there is none. */
  readonly newest: () => Promise<{ readonly event: number; readonly change: number }>
  /**
   * Replaces all expectations. Those without `*` create the monitors that they name; those with `*` apply to the monitors
   * that are known or appear later (monitors/applicable-rule.ts).
   */
  readonly expect: (expectations: readonly Expectation[]) => Promise<void>
  /**
   * Finds the monitors that are late or overrunning at `now` (milliseconds since 1970). Resolves with the time for the next
   * call; undefined if no monitor can become so.
   */
  readonly judgeHealth: (now: number) => Promise<number | undefined>
  /**
   * For each monitor that has been failing, late or overrunning for `everyMs` since it became so, or since this was last
   * noted here: adds a change from that health to itself. Resolves with the time for the next call; undefined if no
   * monitor is bad.
   */
  readonly repeatBad: (now: number, everyMs: number) => Promise<number | undefined>
  /**
   * Lets the rules of all monitors count from `now` on, as if nothing had been expected before: the clock was set forward,
   * so that earlier times cannot be compared.
   */
  readonly countFrom: (now: number) => Promise<void>
  /**
   * Adds to the time for which servers have run with this store, in milliseconds. All rows that are stored by now are at
   * least as old as the time that is added later (sqlite/age-marks.ts).
   */
  readonly addRunningTime: (ranMs: number) => Promise<void>
  /**
   * The ids of the newest event and the newest change that were stored at least `ageMs` of running time ago, as of the last
   * full hour; 0 if there is none.
   */
  readonly newestOlderThan: (ageMs: number) => Promise<{ readonly event: number; readonly change: number }>
  /**
   * Removes events, changes of health and runs that were stored at least `retainMs` of running time ago, but not the
   * newest run of an environment while it is open. No wall clock is used. Resolves with the number of events.
   */
  readonly prune: (retainMs: number) => Promise<number>
  /**
   * Calls the listener after each commit that stored an event or changed a health, also of other servers. Returns a
   * function that unsubscribes.
   */
  readonly onStored: (listener: (news: News) => void) => () => void
  /** Milliseconds since 1970, by the clock of all servers with this store: that of the database, if it has one. */
  readonly now: () => number
  /** What this server shares with others that use the store at the same time; undefined if there can be none. */
  readonly peers: Peers | undefined
  /** Commits all recorded events first. */
  readonly close: () => Promise<void>
}

/** What is told of an event that another server has stored. */
export type OthersEvent = Pick<StoredEvent, 'id' | 'monitorKey' | 'stamp'>

export interface News {
  /** Events that this server has stored. */
  readonly events: readonly StoredEvent[]
  /** Events that other servers have stored. */
  readonly fromOthers?: readonly OthersEvent[]
  /** True if a row was added to `changes`. */
  readonly healthChanged: boolean
}
