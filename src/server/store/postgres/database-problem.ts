/** Errors of PostgreSQL and of connections to it, as one line for people. */

import { connectionProblem } from '../../../client/connection-problem.ts'
import { errorMessage } from '../../../system/error-message.ts'
import { errorCode } from '../../../system/errors.ts'

/**
 * `refused`: the connection's settings are wrong, so that trying again would not help. `away`: the database cannot be used
 * for now. `failed`: it refused one statement.
 */
export type ProblemKind = 'refused' | 'away' | 'failed'

/** The message is the end of a sentence, such as `the database is read-only`. */
export class DatabaseProblem extends Error {
  override readonly name = 'DatabaseProblem'
  readonly kind: ProblemKind
  /** SQLSTATE, or the code of Node.js; empty if there is none. */
  readonly code: string

  constructor(kind: ProblemKind, message: string, code = '') {
    super(message)
    this.kind = kind
    this.code = code
  }
}

/** Statements that are prepared by name, and other settings of a session, are those of another client there. */
const POOLED = 'a pooler in front of the database shares its sessions: set pool_mode=session in PgBouncer'

/** SQLSTATEs (PostgreSQL's documentation, appendix A). A class, its first two characters, stands for all of its codes. */
const PROBLEMS: Readonly<Record<string, readonly [kind: ProblemKind, text: string]>> = {
  '25006': ['away', 'the database is read-only'],
  '53100': ['away', "the database's disk is full"],
  '53200': ['away', 'the database has no memory left'],
  '53300': ['away', 'the database takes no more connections'],
  '57014': ['away', 'the database did not answer in time'],
  '57P01': ['away', 'the database is shutting down'],
  '57P02': ['away', 'the database has crashed'],
  '57P03': ['away', 'the database is starting or shutting down'],
  '57P05': ['away', 'the database has closed an idle connection'],
  '55P03': ['away', 'another server holds the lock of the database for too long'],
  '25P03': ['away', 'the database has ended a transaction that stood still'],
  '58': ['away', 'the database cannot use its files'],
  '08': ['away', 'the connection to the database was lost'],
  '40': ['away', 'the database has rolled back a transaction'],
  '26000': ['refused', POOLED],
  '42P05': ['refused', POOLED],
  '28': ['refused', 'the database refuses this user'],
  '3D000': ['refused', 'the database does not exist'],
  '3F000': ['refused', 'the schema does not exist'],
  '42501': ['refused', 'the user may not do that in the database'],
}

/** `peer`: host and port of the database. */
export function databaseProblem(error: unknown, peer: string): DatabaseProblem {
  if (error instanceof DatabaseProblem) return error
  const code = errorCode(error) ?? ''
  if (isFromServer(error)) {
    const [kind, text] = PROBLEMS[code] ?? PROBLEMS[code.slice(0, 2)] ?? ['failed', 'the database reports']
    // One line, whatever the server's locale makes of it.
    const detail = errorMessage(error).replace(/\s+/g, ' ')
    return new DatabaseProblem(kind, `${text} (${detail})`, code)
  }
  const message = errorMessage(error)
  if (/password must be a/.test(message)) {
    return new DatabaseProblem('refused', `${peer} wants a password: use PGPASSFILE or ~/.pgpass`, code)
  }
  if (/does not support SSL/.test(message)) {
    return new DatabaseProblem('refused', `${peer} has no TLS: see sslmode`, code)
  }
  if (/timeout expired/.test(message)) return new DatabaseProblem('away', `no connection to ${peer} in time`)
  if (/terminated|not queryable/.test(message)) {
    return new DatabaseProblem('away', 'the connection to the database was lost', code)
  }
  const problem = connectionProblem(error, { host: peer }).replace('NODE_EXTRA_CA_CERTS', 'sslrootcert')
  return new DatabaseProblem('away', problem, code)
}

/** pg gives such errors the fields of the server's message. */
function isFromServer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error
}
