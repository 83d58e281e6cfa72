import { expect, onTestFinished, test } from 'vitest'
import type { Connection } from '../../../../src/server/store/postgres/connection.ts'
import { parseDatabaseAddress } from '../../../../src/server/store/postgres/database-address.ts'
import { createOpener } from '../../../../src/server/store/postgres/open-connection.ts'
import { MIGRATION_LOCK, migratePostgres } from '../../../../src/server/store/postgres/schema.ts'
import { emptySchema, whyNoPostgres } from '../../../support/postgres.ts'
import { until } from '../../../support/until.ts'

const why = whyNoPostgres()

test.skipIf(why !== undefined)(
  `several servers that begin with an empty database at the same time all find its tables${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    const url = await emptySchema()
    const parsed = parseDatabaseAddress(url, {})
    if (!parsed.ok) throw new Error(parsed.problem)
    const connections: Connection[] = []
    onTestFinished(() => {
      for (const each of connections) each.end()
    })
    const open = createOpener(parsed.address)
    for (let each = 0; each < 4; each += 1) connections.push(await open())
    const [holder, ...servers] = connections
    if (holder === undefined) return
    const ids = await Promise.all(
      servers.map(
        async server => (await server.query<{ readonly id: number }>('SELECT pg_backend_pid() AS id'))[0]?.id,
      ),
    )
    // Each has found no tables when it begins to wait for the lock.
    await holder.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`)
    const states = Promise.all(servers.map(server => migratePostgres(server)))
    await until('all wait', async () => {
      const [row] = await holder.query<{ readonly waiting: number }>(
        "SELECT COUNT(*) AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = ANY ($1)",
        [ids],
      )
      return row?.waiting === servers.length
    })
    await holder.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`)
    expect(await states).toEqual(servers.map(() => ({ kind: 'ready' })))
  },
)
