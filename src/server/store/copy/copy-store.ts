/**
 * Copies a store from SQLite to PostgreSQL, page by page. A copy that was interrupted continues after the largest key that
 * each table has: each page is one statement, and pages follow each other in the order of the keys.
 */

import type { Database } from '../postgres/database.ts'
import type { Queries, WriteTransaction } from '../postgres/queries.ts'
import { StoreError } from '../store-error.ts'
import { columnsOf, type Digest, digestOf, digestStatement, insertStatement } from './copied-rows.ts'
import { type CopiedTable, LARGE_TABLES, SMALL_TABLES } from './copied-tables.ts'
import type { CopySource } from './open-source.ts'

export interface CopyProgress {
  readonly step: 'copied' | 'verified'
  readonly table: string
  /** How much of the table: from 0 to 1. */
  readonly share: number
}

export type CopyOutcome =
  /** `rows`: of each table. */
  | { readonly kind: 'copied'; readonly rows: ReadonlyMap<string, number> }
  /** An earlier call has copied this store to its end. */
  | { readonly kind: 'was-copied' }

const PAGE_ROWS = 5000

export interface CopyOptions {
  readonly source: CopySource
  /** It has its tables already. */
  readonly target: Database
  /** Called after each page. */
  readonly onProgress: (progress: CopyProgress) => void
  /** Default: 5,000. */
  readonly pageRows?: number
}

/** Rejects with a StoreError or a DatabaseProblem, whose message is one line. */
export async function copyStore({
  source,
  target,
  onProgress,
  pageRows = PAGE_ROWS,
}: CopyOptions): Promise<CopyOutcome> {
  if ((await begin(source, target)) === 'was-copied') return { kind: 'was-copied' }
  for (const table of LARGE_TABLES) {
    for await (const share of copyRows(source, target, table, pageRows)) {
      onProgress({ step: 'copied', table: table.name, share })
    }
  }
  const rows = new Map<string, number>()
  for (const table of LARGE_TABLES) {
    for await (const { share, done } of verifyRows(source, target, table, pageRows)) {
      onProgress({ step: 'verified', table: table.name, share })
      rows.set(table.name, done)
    }
  }
  await target.write(transaction => finish(source, transaction))
  return { kind: 'copied', rows }
}

interface TargetState {
  readonly source: string | null
  readonly is_finished: boolean | null
  readonly servers: number
}

const STATE = `
  SELECT c.source, c.is_finished, (SELECT COUNT(*) FROM duty WHERE until > now()) AS servers
  FROM head LEFT JOIN store_copy c ON true`

async function begin({ fingerprint }: CopySource, target: Database): Promise<'copies' | 'was-copied'> {
  return target.write(async ({ query, head }) => {
    const [state] = await query<TargetState>(STATE)
    if (state?.source === fingerprint && state.is_finished === true) return 'was-copied'
    if (state?.source === fingerprint) return 'copies'
    if (state?.source !== null && state?.is_finished === false) {
      throw new StoreError(
        'the database has a part of another store, or of an earlier state of this one: use an empty one',
      )
    }
    if (head.lastEvent > 0 || head.lastMonitor > 0 || state?.source !== null) {
      throw new StoreError('the database has other events already: use an empty one')
    }
    if (state.servers > 0) throw new StoreError('a server uses the database: stop it first')
    await query('INSERT INTO store_copy (source) VALUES ($1)', [fingerprint])
    return 'copies'
  })
}

/** Yields after each page which share of the table the target has. */
async function* copyRows(
  source: CopySource,
  target: Database,
  table: CopiedTable,
  pageRows: number,
): AsyncGenerator<number> {
  const [newest] = await target.read(({ query }) =>
    query<{ readonly id: number | null }>(`SELECT MAX(id) AS id FROM ${table.name}`),
  )
  const shareUpTo = shareOf(source.bounds(table))
  let after = newest?.id ?? undefined
  for (;;) {
    const rows = source.rows(table, after, pageRows)
    const last = rows.at(-1)
    if (last === undefined) return
    await target.read(({ query }) =>
      query(insertStatement(table), columnsOf(table, rows), `copy-${table.name}`),
    )
    after = Number(last.id)
    yield shareUpTo(after)
  }
}

/** Yields after each page how many rows are as they must be, and which share of the table. */
async function* verifyRows(
  source: CopySource,
  target: Database,
  table: CopiedTable,
  pageRows: number,
): AsyncGenerator<{ readonly share: number; readonly done: number }> {
  const shareUpTo = shareOf(source.bounds(table))
  let done = 0
  for (let after = Number.MIN_SAFE_INTEGER; after < Number.MAX_SAFE_INTEGER; ) {
    const rows = source.rows(table, after, pageRows)
    const [from, isLast] = [after, rows.length < pageRows]
    // The last page reaches to the end: the target has no row after it either.
    after = isLast ? Number.MAX_SAFE_INTEGER : Number(rows.at(-1)?.id)
    const copied = await target.read(queries => digestIn(queries, table, from, after))
    checkSame(table, digestOf(table, rows), copied)
    done += rows.length
    yield { share: isLast ? 1 : shareUpTo(after), done }
  }
}

/** Computed from the ids: nearly all of them exist, and counting the rows of a large table takes long. */
function shareOf({ first, last }: ReturnType<CopySource['bounds']>): (key: number) => number {
  return key => Math.min(1, (key - first + 1) / (last - first + 1))
}

async function digestIn(
  { query }: Queries,
  table: CopiedTable,
  after: number | string,
  upTo: number | string,
): Promise<Digest | undefined> {
  const [digest] = await query<Digest>(digestStatement(table), [after, upTo], `verify-${table.name}`)
  return digest
}

function checkSame({ name }: CopiedTable, source: Digest, copied: Digest | undefined): void {
  if (copied?.count === source.count && copied.sum === source.sum) return
  const counts =
    copied?.count === source.count
      ? ''
      : ` (${copied?.count ?? 0} rows instead of ${source.count} in a page of it)`
  throw new StoreError(
    `the table ${name} in the database differs from the store's${counts}: begin again with an empty database`,
  )
}

const NUMBERS = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const

/** No name of a cursor is larger. */
const LAST_TEXT = '\u{10ffff}'

async function finish(source: CopySource, transaction: WriteTransaction): Promise<void> {
  const { query, head } = transaction
  for (const table of SMALL_TABLES) {
    await query(`DELETE FROM ${table.name}`)
    const rows = source.rows(table, undefined, Number.MAX_SAFE_INTEGER)
    await query(insertStatement(table), columnsOf(table, rows))
    const [after, upTo] = table.columns[0]?.[1] === 'text' ? ['', LAST_TEXT] : NUMBERS
    checkSame(table, digestOf(table, rows), await digestIn(transaction, table, after, upTo))
  }
  const { event, change, run, monitor } = source.lastIds
  head.lastEvent = event
  head.lastChange = change
  head.lastRun = run
  head.lastMonitor = monitor
  const [{ count } = { count: 0 }] = await query<{ readonly count: number }>(
    'SELECT COUNT(*) AS count FROM monitor',
  )
  head.monitors = count
  await query('UPDATE store_copy SET is_finished = true')
}
