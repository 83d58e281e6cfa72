/** Connections to PostgreSQL for reading, and transactions that write, one at a time among all servers. */

import type { Connection } from './connection.ts'
import { DatabaseProblem } from './database-problem.ts'
import { createPool, type Pool } from './pool.ts'
import type { Head, Queries, WriteTransaction } from './queries.ts'

export interface Database {
  /** One connection of the pool; no transaction. Rejects with a DatabaseProblem if the database is away. */
  readonly read: <T>(work: (queries: Queries) => Promise<T>) => Promise<T>
  /**
   * BEGIN, lock `head`, work, write `head` back, COMMIT; ROLLBACK if work rejects. If it rejects while COMMIT is under way,
   * the transaction may have been committed all the same.
   */
  readonly write: <T>(work: (transaction: WriteTransaction) => Promise<T>) => Promise<T>
  /** As write(). The statements of `load` are sent together with the lock, which saves a round trip, and see what it protects. */
  readonly loadAndWrite: <Loaded, T>(
    load: (queries: Queries) => Promise<Loaded>,
    work: (transaction: WriteTransaction, loaded: Loaded) => Promise<T>,
  ) => Promise<T>
  readonly close: () => Promise<void>
}

export interface DatabaseOptions {
  readonly open: () => Promise<Connection>
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  readonly writers?: number
  readonly readers?: number
  /** How long reading, or writing with the wait for the lock, may take, in milliseconds. */
  readonly limitMs?: number
}

/** The database's own limits (open-connection.ts) are longer: this one also counts while it does not answer at all. */
const LIMIT_MS = 15_000

export function createDatabase(options: DatabaseOptions): Database {
  const { clock, writers = 2, readers = 3, limitMs = LIMIT_MS } = options
  // A database that is back is back for both: else events would be stored while reading still fails without a try.
  const open = async () => {
    const connection = await options.open()
    for (const pool of pools) pool.resume()
    return connection
  }
  const writing = createPool({ open, size: writers, limitMs, clock })
  const reading = createPool({ open, size: readers, limitMs, clock })
  const pools: readonly Pool[] = [writing, reading]
  const takeTurn = createTurnOfLock()
  const loadAndWrite: Database['loadAndWrite'] = (load, work) => {
    const { turn, onLocked } = takeTurn()
    const written = writing.use(async connection => {
      await turn
      return inWriteTransaction(connection, { load, work, onLocked })
    })
    return dropIfReadOnly(pools, written.finally(onLocked))
  }
  return {
    read: work => dropIfReadOnly(pools, reading.use(work)),
    write: work => loadAndWrite(async () => undefined, work),
    loadAndWrite,
    close: async () => {
      await Promise.all(pools.map(pool => pool.close()))
    },
  }
}

/**
 * Transactions of this server take the lock in the order in which they were asked for: events that a sender sends without
 * waiting for their answers are applied in their order. It costs no time: the next one waits for the lock in any case.
 */
function createTurnOfLock() {
  let last = Promise.resolve()
  return () => {
    const turn = last
    let onLocked = () => {}
    last = new Promise(resolve => {
      onLocked = resolve
    })
    return { turn, onLocked }
  }
}

/** The server has become a standby: the next connection is to the host that can be written now. */
async function dropIfReadOnly<T>(pools: readonly Pool[], outcome: Promise<T>): Promise<T> {
  try {
    return await outcome
  } catch (error) {
    if (error instanceof DatabaseProblem && error.code === '25006') for (const pool of pools) pool.drop()
    throw error
  }
}

interface HeadRow {
  readonly last_event: number
  readonly last_change: number
  readonly last_run: number
  readonly last_monitor: number
  readonly monitors: number
}

const LOCK_HEAD = 'SELECT last_event, last_change, last_run, last_monitor, monitors FROM head FOR UPDATE'
const WRITE_HEAD =
  'UPDATE head SET last_event = $1, last_change = $2, last_run = $3, last_monitor = $4, monitors = $5'

interface TransactionParts<T, Loaded> {
  readonly load: (queries: Queries) => Promise<Loaded>
  readonly work: (transaction: WriteTransaction, loaded: Loaded) => Promise<T>
  readonly onLocked: () => void
}

/** If it rejects, the pool ends the connection, which rolls the transaction back. */
async function inWriteTransaction<T, Loaded>(
  connection: Connection,
  { load, work, onLocked }: TransactionParts<T, Loaded>,
): Promise<T> {
  connection.takeWarnings()
  const [, rows, loaded] = await Promise.all([
    connection.query('BEGIN ISOLATION LEVEL READ COMMITTED'),
    lockHead(connection, onLocked),
    load(connection),
  ])
  const head = headOf(rows[0])
  const before = { ...head }
  const atEnd: (readonly [text: string, values: readonly unknown[], name: string])[] = []
  const transaction: WriteTransaction = {
    head,
    query: connection.query,
    queryAtEnd: (...statement) => {
      atEnd.push(statement)
    },
  }
  const result = await work(transaction, loaded)
  await Promise.all([
    ...atEnd.map(([text, values, name]) => connection.query(text, values, name)),
    ...(isSameHead(before, head) ? [] : [connection.query(WRITE_HEAD, valuesOf(head), 'write-head')]),
    // COMMIT after an error of the statements before it rolls back.
    connection.query('COMMIT'),
  ])
  // With a synchronous standby that does not answer, a COMMIT that is canceled "succeeds" with a warning.
  const [warning] = connection.takeWarnings()
  if (warning !== undefined) throw new DatabaseProblem('away', `the database warns of a commit (${warning})`)
  return result
}

async function lockHead({ query }: Queries, onLocked: () => void): Promise<HeadRow[]> {
  const rows = await query<HeadRow>(LOCK_HEAD, [], 'lock-head')
  onLocked()
  return rows
}

function headOf(row: HeadRow | undefined): Head {
  if (row === undefined) throw new DatabaseProblem('failed', 'the table head is empty: restore the database')
  return {
    lastEvent: row.last_event,
    lastChange: row.last_change,
    lastRun: row.last_run,
    lastMonitor: row.last_monitor,
    monitors: row.monitors,
  }
}

function valuesOf({ lastEvent, lastChange, lastRun, lastMonitor, monitors }: Head): number[] {
  return [lastEvent, lastChange, lastRun, lastMonitor, monitors]
}

function isSameHead(one: Head, other: Head): boolean {
  const values = valuesOf(other)
  return valuesOf(one).every((value, index) => value === values[index])
}
