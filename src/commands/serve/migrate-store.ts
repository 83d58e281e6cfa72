/** `--migrate-from`: copies a store from SQLite to PostgreSQL, and tells how far it is. */

import type { Writable } from 'node:stream'
import { type CopyProgress, copyStore } from '../../server/store/copy/copy-store.ts'
import { type CopySource, openSource } from '../../server/store/copy/open-source.ts'
import { createDatabase } from '../../server/store/postgres/database.ts'
import type { DatabaseAddress } from '../../server/store/postgres/database-address.ts'
import { DatabaseProblem } from '../../server/store/postgres/database-problem.ts'
import { createOpener } from '../../server/store/postgres/open-connection.ts'
import { withTables } from '../../server/store/postgres/ready-connection.ts'
import { loadSqlite } from '../../server/store/sqlite/load-sqlite.ts'
import { StoreError } from '../../server/store/store-error.ts'
import { monotonicMs } from '../../system/clock.ts'
import { roughDuration } from '../../system/duration.ts'
import { printable } from '../../system/printable.ts'

export interface MigrateOptions {
  /** The data folder of the store. */
  readonly dataDir: string
  /** The database that it is copied to. */
  readonly address: DatabaseAddress
  /** Printed first. */
  readonly warning: string | undefined
}

/** Between two lines of progress. */
const PROGRESS_MS = 10_000

/** How long a page may take. */
const LIMIT_MS = 120_000

/**
 * Returns the exit status: 0 if the whole store is copied, by this call or an earlier one; 1 if not, for a reason that it prints
 * in one line. After an interruption, another call continues.
 */
export async function migrateStore(
  { dataDir, address, warning }: MigrateOptions,
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
  clock: () => number = monotonicMs,
): Promise<number> {
  const tell = (text: string) => void stderr.write(`cronitor: ${printable(text)}\n`)
  if (warning !== undefined) tell(warning)
  const began = clock()
  const open = withTables(createOpener(address), tell, { mayBePartial: true })
  const target = createDatabase({ open, clock, limitMs: LIMIT_MS })
  let source: CopySource | undefined
  try {
    source = openSource(await loadSqlite(), dataDir)
    const outcome = await copyStore({ source, target, onProgress: progressLines(tell, clock) })
    if (outcome.kind === 'was-copied') {
      stdout.write(`${printable(dataDir)} was copied to the database before: nothing is left to do\n`)
      return 0
    }
    const rows = [...outcome.rows].map(([table, count]) => `${count} ${NAMES[table] ?? table}`)
    const time = roughDuration(clock() - began)
    stdout.write(
      `Copied ${printable(dataDir)} to the database and verified it in ${time}: ${rows.join(', ')}\n`,
    )
    return 0
  } catch (error) {
    if (error instanceof DatabaseProblem) {
      const advice = error.kind === 'away' ? '; the same command continues later' : ''
      tell(`cannot copy ${dataDir}: ${error.message}${advice}`)
      return 1
    }
    if (!(error instanceof StoreError)) throw error
    tell(`cannot copy ${dataDir}: ${error.message}`)
    return 1
  } finally {
    source?.close()
    await target.close()
  }
}

const NAMES: Readonly<Record<string, string>> = {
  monitor: 'monitors',
  run: 'runs',
  event: 'events',
  change: 'changes of health',
}

/** A line every ten seconds, so that a small store has none. */
function progressLines(tell: (text: string) => void, clock: () => number): (progress: CopyProgress) => void {
  let last = clock()
  return ({ step, table, share }) => {
    if (clock() - last < PROGRESS_MS) return
    last = clock()
    tell(`${step} ${Math.floor(share * 100)} % of the ${NAMES[table] ?? table}`)
  }
}
