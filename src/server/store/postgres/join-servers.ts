/** Connects this server with the others that use the same database. */

import type { Sleep } from '../../../system/sleep.ts'
import type { Peers } from '../peers.ts'
import type { News } from '../store.ts'
import type { Connection } from './connection.ts'
import type { Database } from './database.ts'
import { createDatabaseClock } from './database-clock.ts'
import { createDutyTable } from './duty-table.ts'
import { readHeadNow, startNews } from './news.ts'
import { createSessionTable } from './session-table.ts'
import { createUseTable } from './use-table.ts'

export interface JoinOptions {
  /** The id of this server, which no other server has. */
  readonly server: string
  /** Has its tables. */
  readonly database: Database
  /** Opens a connection, for LISTEN. */
  readonly open: () => Promise<Connection>
  /** Gets what other servers have stored. The caller tells what it has stored itself. */
  readonly tell: (news: News) => void
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  readonly sleep: Sleep
}

export interface JoinedServer {
  /** The same database, which tells the other servers what is written. */
  readonly database: Database
  readonly peers: Peers
  /** The clock of the database, in milliseconds since 1970. */
  readonly now: () => number
  /** Close the database afterwards. */
  readonly close: () => Promise<void>
}

/** Rejects with a DatabaseProblem. */
export async function joinServers({
  server,
  database,
  open,
  tell,
  clock,
  sleep,
}: JoinOptions): Promise<JoinedServer> {
  const head = await database.read(queries => readHeadNow(queries, clock))
  const databaseClock = createDatabaseClock(head.sample, clock)
  const news = startNews({
    server,
    database,
    open,
    newest: { event: head.last_event, change: head.last_change },
    tell,
    onSample: databaseClock.add,
    clock,
    sleep,
  })
  const { loadAndWrite } = news
  return {
    database: { ...database, loadAndWrite, write: work => loadAndWrite(async () => undefined, work) },
    peers: {
      ...createDutyTable(database, server),
      onDutyLeft: news.onDutyLeft,
      sessions: createSessionTable(database),
      uses: createUseTable(database, server),
    },
    now: databaseClock.now,
    close: news.close,
  }
}
