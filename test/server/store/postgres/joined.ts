/** Servers that are joined on a database of a test's own, without the rest of the store. */

import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { Connection } from '../../../../src/server/store/postgres/connection.ts'
import { createDatabase, type Database } from '../../../../src/server/store/postgres/database.ts'
import { parseDatabaseAddress } from '../../../../src/server/store/postgres/database-address.ts'
import { type JoinedServer, joinServers } from '../../../../src/server/store/postgres/join-servers.ts'
import { createOpener } from '../../../../src/server/store/postgres/open-connection.ts'
import { migratePostgres } from '../../../../src/server/store/postgres/schema.ts'
import type { News } from '../../../../src/server/store/store.ts'
import { monotonicMs } from '../../../../src/system/clock.ts'
import { sleep } from '../../../../src/system/sleep.ts'

export interface TestServer extends JoinedServer {
  readonly news: News[]
  /** The ids of others' events that it was told, in that order. */
  readonly told: () => number[]
  /** Of its connections for LISTEN, the last one. */
  readonly listener: () => Connection | undefined
}

export interface JoinTestOptions {
  readonly clock?: () => number
  /** False: no connection can listen. */
  readonly listens?: boolean
  /** Runs between a COMMIT and the moment at which this server hears of it. */
  readonly onCommitted?: () => Promise<void>
}

export async function joined(url: string, options: JoinTestOptions = {}): Promise<TestServer> {
  const { clock = monotonicMs, listens = true, onCommitted = async () => {} } = options
  const parsed = parseDatabaseAddress(url, {})
  if (!parsed.ok) throw new Error(parsed.problem)
  const open = createOpener(parsed.address)
  const setUp = await open()
  await migratePostgres(setUp)
  setUp.end()
  const database = createDatabase({ open, clock })
  const news: News[] = []
  let listener: Connection | undefined
  const server = await joinServers({
    server: randomUUID(),
    database: {
      ...database,
      loadAndWrite: async (load, work) => {
        const result = await database.loadAndWrite(load, work)
        await onCommitted()
        return result
      },
    },
    open: async () => {
      if (!listens) throw new Error('no LISTEN')
      listener = await open()
      return listener
    },
    tell: each => news.push(each),
    clock,
    sleep,
  })
  onTestFinished(async () => {
    await server.close()
    await database.close()
  })
  return {
    ...server,
    news,
    told: () => news.flatMap(({ fromOthers = [] }) => fromOthers.map(({ id }) => id)),
    listener: () => listener,
  }
}

/** Stores so many events of a monitor, and returns their ids. */
export async function storeEvents(database: Database, count: number, key = 'job'): Promise<number[]> {
  return database.write(async ({ query, head }) => {
    const [known] = await query<{ readonly id: number }>('SELECT id FROM monitor WHERE key = $1', [key])
    if (known === undefined) {
      head.lastMonitor += 1
      await query('INSERT INTO monitor (id, key) VALUES ($1, $2)', [head.lastMonitor, key])
    }
    const ids = Array.from({ length: count }, (_, index) => head.lastEvent + index + 1)
    await query(
      `INSERT INTO event (id, monitor, received_at, state, stamp)
       SELECT id, $2, 0, 'ok', id FROM unnest($1::bigint[]) AS e (id)`,
      [ids, known?.id ?? head.lastMonitor],
    )
    head.lastEvent += count
    return ids
  })
}

export async function storeChange(database: Database): Promise<void> {
  await database.write(async ({ query, head }) => {
    head.lastChange += 1
    await query(
      `INSERT INTO change (id, monitor_key, from_health, to_health, at) VALUES ($1, 'job', 'healthy', 'failing', 0)`,
      [head.lastChange],
    )
  })
}
