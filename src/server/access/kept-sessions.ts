/** Where sessions are kept. By the hashes of their tokens: neither the memory nor the database contains a token. */

export interface SessionToken {
  readonly token: string
  /** Its hash. */
  readonly id: string
}

export interface KeptSessions {
  /** Asks for sessions of other servers; undefined if they are known well enough. Missing if there are no other servers. */
  readonly load?: (ids: readonly string[]) => Promise<void> | undefined
  /** True for a session that has not ended, as far as this server knows. Counts as a use. */
  readonly accepts: (session: SessionToken) => boolean
  readonly begin: (session: SessionToken, key: string) => Promise<void>
  readonly end: (ids: readonly string[]) => Promise<void>
}

export const MAX_IDLE_MS = 12 * 3_600_000

/** Limits what a client with a valid key can use up by logging in again and again. */
export const MAX_SESSIONS = 1000
