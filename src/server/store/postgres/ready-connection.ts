/** Connections to a database whose tables this server can use. */

import type { Connection } from './connection.ts'
import { DatabaseProblem } from './database-problem.ts'
import { migratePostgres, type SchemaOptions } from './schema.ts'

/**
 * Creates the tables, or migrates them from an older version. Each new connection is checked: after a failover or an upgrade of
 * another server the tables may be others. Rejects with a DatabaseProblem.
 *
 * `warn` is called once if the database has a newer version, with which this server may still run.
 */
export function withTables(
  open: () => Promise<Connection>,
  warn: (problem: string) => void,
  options: SchemaOptions = {},
): () => Promise<Connection> {
  let warnedOf = 0
  return async () => {
    const connection = await open()
    try {
      const state = await migratePostgres(connection, options)
      if (state.kind === 'refused') throw new DatabaseProblem('refused', `the database ${state.problem}`)
      if (state.kind === 'ready' && state.newer !== undefined && state.newer > warnedOf) {
        warnedOf = state.newer
        warn(`the database has the newer version ${state.newer}: upgrade this server too`)
      }
      return connection
    } catch (error) {
      connection.end()
      throw error
    }
  }
}
