/** libsql is loaded when a store is opened: it is an optional package, and has no binary for some platforms. */

import type { Sqlite } from './sqlite.ts'
import { StoreError } from './store-error.ts'

/** `timeoutMs`: how long to wait for others' locks. Throws the library's error. */
export type OpenSqlite = (file: string, timeoutMs: number) => Sqlite

/** Rejects with a StoreError where the package, or its binary, is not installed. */
export async function loadSqlite(load = () => import('libsql')): Promise<OpenSqlite> {
  try {
    const { default: Database } = await load()
    // Its types are those of better-sqlite3, wider than what it does.
    return (file, timeout) => new Database(file, { timeout }) as unknown as Sqlite
  } catch {
    throw new StoreError(
      `the package libsql, which holds the database, is not installed for ${process.platform} ${process.arch}: install cronitor-exec again without omitting optional packages, on a platform that libsql has a binary for`,
    )
  }
}
