import { errorCode } from '../../system/errors.ts'
import { DatabaseProblem } from './postgres/database-problem.ts'
import { NotWritableError, StoreError } from './store-error.ts'

/** SQLite's codes for statements that are wrong. The others are about files, disks and locks. */
const WRONG_STATEMENT = /^SQLITE_(ERROR|INTERNAL|TOOBIG|CONSTRAINT|MISMATCH|MISUSE|RANGE)/

/** Whether the database is the cause, not a mistake in this program: the same may succeed later. */
export function isStoreProblem(error: unknown): boolean {
  if (error instanceof DatabaseProblem) return error.kind !== 'failed'
  if (error instanceof StoreError || error instanceof NotWritableError) return true
  const code = errorCode(error) ?? ''
  return code.startsWith('SQLITE_') && !WRONG_STATEMENT.test(code)
}
