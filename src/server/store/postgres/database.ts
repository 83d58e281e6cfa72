/** Connections to PostgreSQL for reading, and transactions that write, one at a time among all servers. */

import type { Queries, WriteTransaction } from './queries.ts'

export interface Database {
  /** One connection of the pool; no transaction. Rejects with a clear reason if the database is away. */
  readonly read: <T>(work: (queries: Queries) => Promise<T>) => Promise<T>
  /**
   * BEGIN, lock `head`, work, write `head` back, COMMIT; ROLLBACK if work rejects. If it rejects while COMMIT is under way,
   * the transaction may have been committed all the same.
   */
  readonly write: <T>(work: (transaction: WriteTransaction) => Promise<T>) => Promise<T>
  readonly close: () => Promise<void>
}
