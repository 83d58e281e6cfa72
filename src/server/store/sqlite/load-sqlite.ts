/** Loads libsql when a store is opened: the package is optional, and has no binary for some platforms. */

import { StoreError } from '../store-error.ts'
import type { OpenSqlite, Sqlite } from './sqlite.ts'

/** Rejects with a StoreError if the package, or its binary, is not installed. */
export async function loadSqlite(load = () => import('libsql')): Promise<OpenSqlite> {
  try {
    const { default: Database } = await load()
    // libsql declares the types of better-sqlite3, which promise more than it does.
    return (file, timeout) => new Database(file, { timeout }) as unknown as Sqlite
  } catch {
    throw new StoreError(
      `the package libsql, which the database needs, is not installed for ${process.platform} ${process.arch}: install cronitor-exec again with optional packages, on a platform for which libsql has a binary`,
    )
  }
}
