/** Creates the tables on PostgreSQL and migrates them from older versions. Servers of several versions may run beside. */

import { errorCode } from '../../../system/errors.ts'
import { type Migration, POSTGRES_MIGRATIONS } from './migrations.ts'
import type { Queries } from './queries.ts'

export const POSTGRES_VERSION = POSTGRES_MIGRATIONS.length

export type SchemaState =
  /** `newer`: the database has this newer version, with which this server may still run. */
  | { readonly kind: 'ready'; readonly newer?: number }
  /** The tables do not exist, or are older: migratePostgres() changes that. */
  | { readonly kind: 'older'; readonly version: number }
  /** This server must not use the database. The problem is one line that says what to do. */
  | { readonly kind: 'refused'; readonly problem: string }

interface Version {
  readonly version: number
  readonly needs: number
  /** A store is being copied into it (store_copy). */
  readonly is_partial: boolean
}

export interface SchemaOptions {
  /** Default: all. */
  readonly migrations?: readonly Migration[]
  /** True for who copies a store: it may be there in part. */
  readonly mayBePartial?: boolean
}

/** Any number. Advisory locks are of the whole database: stores in other schemas of it wait for each other. */
export const MIGRATION_LOCK = 7_319_219_815

/**
 * Tables of the same name may be in other schemas of the search path. to_regclass() would not see what another server has
 * created while this transaction waited for the lock: it asks a cache, which is only renewed when a table is opened.
 */
const EXISTS = `
  SELECT EXISTS (
    SELECT FROM pg_class WHERE relname = 'schema_version' AND relnamespace = to_regnamespace(quote_ident(current_schema()))
  ) AS found`

const LATEST = `
  SELECT version, needs, EXISTS (SELECT FROM store_copy WHERE NOT is_finished) AS is_partial
  FROM schema_version ORDER BY version DESC LIMIT 1`

/** A server that runs calls it for each new connection. Rejects with the database's error. */
export async function readSchema({ query }: Queries, options: SchemaOptions = {}): Promise<SchemaState> {
  const { migrations = POSTGRES_MIGRATIONS, mayBePartial = false } = options
  const [exists] = await query<{ readonly found: boolean }>(EXISTS)
  if (exists?.found !== true) return { kind: 'older', version: 0 }
  try {
    const [latest] = await query<Version>(LATEST)
    const { version, needs, is_partial: isPartial } = latest ?? { version: 0, needs: 0, is_partial: false }
    const supported = migrations.length
    if (needs > supported) return { kind: 'refused', problem: newerProblem(version, supported) }
    if (isPartial && !mayBePartial) return { kind: 'refused', problem: PARTIAL }
    if (version < supported) return { kind: 'older', version }
    return version === supported ? { kind: 'ready' } : { kind: 'ready', newer: version }
  } catch (error) {
    if (![UNDEFINED_COLUMN, UNDEFINED_TABLE].includes(errorCode(error) ?? '')) throw error
    return { kind: 'refused', problem: foreignProblem('schema_version') }
  }
}

/**
 * Each migration is one transaction, and the lock lets one server migrate while others wait. A database of a newer version
 * is not changed. Rejects with the database's error.
 */
export async function migratePostgres(queries: Queries, options: SchemaOptions = {}): Promise<SchemaState> {
  const before = await readSchema(queries, options)
  if (before.kind !== 'older') return before
  const [encoding] = await queries.query<{ readonly name: string }>(
    "SELECT current_setting('server_encoding') AS name",
  )
  if (encoding?.name !== 'UTF8') {
    return {
      kind: 'refused',
      problem: `has the encoding ${encoding?.name}: create a database with ENCODING 'UTF8'`,
    }
  }
  let state: SchemaState = before
  while (state.kind === 'older') state = await migrateOnce(queries, options)
  return state
}

async function migrateOnce(queries: Queries, options: SchemaOptions): Promise<SchemaState> {
  const { query } = queries
  await query('BEGIN')
  try {
    await query('SET LOCAL statement_timeout = 0')
    await query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    // Another server may have migrated meanwhile.
    const state = await readSchema(queries, options)
    if (state.kind === 'older') await apply(queries, state.version, options.migrations ?? POSTGRES_MIGRATIONS)
    await query('COMMIT')
    return state
  } catch (error) {
    await query('ROLLBACK')
    if (errorCode(error) !== DUPLICATE_TABLE) throw error
    return { kind: 'refused', problem: foreignProblem(tableOf(error)) }
  }
}

async function apply({ query }: Queries, version: number, migrations: readonly Migration[]): Promise<void> {
  const migration = migrations[version]
  if (migration === undefined) return
  if (version === 0) {
    await query(
      'CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, needs integer NOT NULL)',
    )
  }
  await query(migration.sql)
  await query('INSERT INTO schema_version (version, needs) VALUES ($1, $2)', [version + 1, migration.needs])
}

const UNDEFINED_COLUMN = '42703'
const UNDEFINED_TABLE = '42P01'
const DUPLICATE_TABLE = '42P07'

/** PostgreSQL says `relation "event" already exists`. */
function tableOf(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  return /"([^"]*)"/.exec(message)?.[1] ?? 'event'
}

const PARTIAL = 'has a part of a store that is being copied: run --migrate-from to its end'

function newerProblem(version: number, supported: number): string {
  return `has version ${version}, and this program supports versions up to ${supported}: use a newer cronitor, or another database`
}

function foreignProblem(table: string): string {
  return `has a table ${table} of another program: use a database of its own, or another schema (search_path)`
}
