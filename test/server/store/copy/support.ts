/** Stores on SQLite that are copied, and the databases that they are copied to. */

import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openSource } from '../../../../src/server/store/copy/open-source.ts'
import { openStoreInThread } from '../../../../src/server/store/open-store.ts'
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

/** With its tables; closed after the test. */
export async function targetDatabase(url?: string): Promise<Database> {
  const parsed = parseDatabaseAddress(url ?? (await emptySchema()), {})
  if (!parsed.ok) throw new Error(parsed.problem)
  const database = createDatabase({ open: createOpener(parsed.address), clock: () => performance.now() })
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
