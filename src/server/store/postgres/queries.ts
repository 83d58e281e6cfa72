/** What the store on PostgreSQL uses of a connection. */

import type { ClientBase } from 'pg'

export interface Queries {
  /**
   * The rows of one statement. `Row` is what the caller, which has written the statement, says about them; int8 and
   * numeric are numbers. With a `name`, the statement is prepared once for each connection: a name stands for one text.
   * Rejects with the error of PostgreSQL or of the connection.
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
}

export function queriesOf(client: Pick<ClientBase, 'query'>): Queries {
  return {
    query: async (text, values = [], name) => {
      const { rows } = await client.query({ text, values: [...values], ...(name !== undefined && { name }) })
      return rows
    },
  }
}
