/** Stores on SQLite that are copied, and the databases that they are copied to. */

import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openSource } from '../../../../src/server/store/copy/open-source.ts'
import { openStoreInThread } from '../../../../src/server/store/open-store.ts'
import type { Connection } from '../../../../src/server/store/postgres/connection.ts'
import { createDatabase, type Database } from '../../../../src/server/store/postgres/database.ts'
import { parseDatabaseAddress } from '../../../../src/server/store/postgres/database-address.ts'
import { createOpener } from '../../../../src/server/store/postgres/open-connection.ts'
import { migratePostgres } from '../../../../src/server/store/postgres/schema.ts'
import { loadSqlite } from '../../../../src/server/store/sqlite/load-sqlite.ts'
import type { Store } from '../../../../src/server/store/store.ts'
import { emptySchema } from '../../../support/postgres.ts'
import { tempDir } from '../../../support/temp.ts'
import { NOW } from '../support.ts'

/** A data folder with what `fill` stores, as a server leaves it at its end. */
export async function dataFolder(fill: (store: Store) => Promise<unknown>): Promise<string> {
  const folder = tempDir('copied')
  await changeStore(folder, fill)
  return folder
}

export async function changeStore(folder: string, change: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openStoreInThread(join(folder, 'cronitor.db'), () => NOW)
  await change(store)
  await store.close()
}

function openerOf(url: string): () => Promise<Connection> {
  const parsed = parseDatabaseAddress(url, {})
  if (!parsed.ok) throw new Error(parsed.problem)
  return createOpener(parsed.address)
}

/** Ended after the test. A transaction of it may take any time. */
export async function connectionTo(url: string): Promise<Connection> {
  const connection = await openerOf(url)()
  onTestFinished(connection.end)
  await connection.query('SET idle_in_transaction_session_timeout = 0')
  return connection
}

/** With its tables; closed after the test. */
export async function targetDatabase(url?: string): Promise<Database> {
  const open = openerOf(url ?? (await emptySchema()))
  const database = createDatabase({ open, clock: () => performance.now() })
  onTestFinished(() => database.close())
  const state = await database.read(queries => migratePostgres(queries, { mayBePartial: true }))
  if (state.kind !== 'ready') throw new Error(JSON.stringify(state))
  return database
}

/** Unlocked after the test, or by close(). */
export async function sourceOf(folder: string) {
  const source = openSource(await loadSqlite(), folder)
  let isOpen = true
  const close = () => {
    if (isOpen) source.close()
    isOpen = false
  }
  onTestFinished(close)
  return { ...source, close }
}
