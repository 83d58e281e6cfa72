/** What the store on PostgreSQL uses of a connection. */

export interface Queries {
  /**
   * The rows of one statement. `Row` is what the caller, which has written the statement, says about them; int8 and
   * numeric are numbers. With a `name`, the statement is prepared once for each connection: a name stands for one text.
   * Rejects with a DatabaseProblem, whose `code` is the SQLSTATE.
   */
  readonly query: <Row>(text: string, values?: readonly unknown[], name?: string) => Promise<Row[]>
}

/** The table `head`: the last ids that were given, and how many rows `monitor` has. */
export interface Head {
  lastEvent: number
  lastChange: number
  lastRun: number
  lastMonitor: number
  monitors: number
}

/** A transaction that holds the write lock. Ids are taken from `head`, which is written back before COMMIT. */
export interface WriteTransaction extends Queries {
  readonly head: Head
  /** The statement is sent together with COMMIT, which saves a round trip. If it fails, nothing is committed. */
  readonly queryAtEnd: (text: string, values: readonly unknown[], name: string) => void
}
