/** What servers share that use one database at the same time. postgres/ implements it. */

/**
 * How long a server keeps a duty without renewing it. Another one then takes over. Longer than a restart of a healthy
 * database takes; shorter than the time that counts as an outage (monitors/clock-watch.ts), by the time for a take-over.
 */
export const DUTY_LEASE_MS = 10_000

/** Duties are what only one server may do at a time, by a name: judging lateness, for example. */
export interface DutyTable {
  /**
   * Renews the duties in `held` that this server still has, and takes those in `wanted` that no other server has. Resolves
   * with the names of both, which this server has for DUTY_LEASE_MS from the moment at which it called.
   */
  readonly holdDuties: (names: {
    readonly held: readonly string[]
    readonly wanted: readonly string[]
  }) => Promise<readonly string[]>
  /** Lets the other servers take the duty at once. Does nothing if this server does not have it. */
  readonly leaveDuty: (name: string) => Promise<void>
  /** Calls the listener when another server has left a duty. Returns a function that unsubscribes. */
  readonly onDutyLeft: (listener: () => void) => () => void
}

export interface SharedSession {
  /** A hash of the token in the cookie. */
  readonly id: string
  /** Proves the key with which the session began, to who has both the token and the key. */
  readonly proof: string
}

/** Sessions of browsers. They end after a time without use, by the clock of the database. */
export interface SessionTable {
  /** Those of `ids` that have not ended; undefined for none. Each counts as used now. */
  readonly use: (ids: readonly string[], maxIdleMs: number) => Promise<readonly SharedSession[]>
  /** Forgets sessions that have ended, and the least recently used ones beyond `maxSessions`. */
  readonly begin: (session: SharedSession, maxSessions: number, maxIdleMs: number) => Promise<void>
  readonly end: (ids: readonly string[]) => Promise<void>
}

/** How often a bucket of a rate limit was used, by a name that shows no key. */
export type Uses = Readonly<Record<string, number>>

export interface UseTable {
  /** Tells the other servers what was used here, and resolves with what they have told since the last call. */
  readonly exchange: (uses: Uses) => Promise<readonly Uses[]>
}

export interface Peers extends DutyTable {
  readonly sessions: SessionTable
  readonly uses: UseTable
}
