import { expect, test } from 'vitest'
import { POSTGRES_MIGRATIONS } from '../../../../src/server/store/postgres/migrations.ts'
import {
  migratePostgres,
  POSTGRES_VERSION,
  readSchema,
} from '../../../../src/server/store/postgres/schema.ts'
import '../../../support/needs-postgres.ts'
import { emptySchema } from '../../../support/postgres.ts'
import { connectionTo } from '../copy/support.ts'

/** What a later server knows: first it adds, then it removes. */
const EXPANDED = [
  ...POSTGRES_MIGRATIONS,
  { sql: 'ALTER TABLE monitor ADD COLUMN colour text', needs: POSTGRES_VERSION },
]
const CONTRACTED = [
  ...EXPANDED,
  { sql: 'ALTER TABLE monitor DROP COLUMN told_at', needs: POSTGRES_VERSION + 1 },
]

test('a server runs on after a newer one has added something, and is refused after something was removed', async () => {
  const server = await connectionTo(await emptySchema())
  expect(await migratePostgres(server)).toEqual({ kind: 'ready' })
  expect(await migratePostgres(server, { migrations: EXPANDED })).toEqual({ kind: 'ready' })
  expect(await readSchema(server)).toEqual({ kind: 'ready', newer: POSTGRES_VERSION + 1 })
  expect(await migratePostgres(server, { migrations: CONTRACTED })).toEqual({ kind: 'ready' })
  expect(await readSchema(server)).toEqual({
    kind: 'refused',
    problem: `has version ${POSTGRES_VERSION + 2}, and this program supports versions up to ${POSTGRES_VERSION}: use a newer cronitor, or another database`,
  })
  expect(await readSchema(server, { migrations: EXPANDED })).toEqual({
    kind: 'ready',
    newer: POSTGRES_VERSION + 2,
  })
})

test('a migration that fails leaves the database as it was', async () => {
  const server = await connectionTo(await emptySchema())
  await migratePostgres(server)
  const broken = [
    ...POSTGRES_MIGRATIONS,
    { sql: 'CREATE TABLE added (id bigint); SELECT none FROM head', needs: 1 },
  ]
  await expect(migratePostgres(server, { migrations: broken })).rejects.toThrow('none')
  expect(await readSchema(server)).toEqual({ kind: 'ready' })
  expect(await server.query("SELECT to_regclass('added') AS added")).toEqual([{ added: null }])
})

test.each([
  ['CREATE TABLE event (id bigint)', 'event'],
  ['CREATE TABLE schema_version (number integer)', 'schema_version'],
])('tables of another program are left alone: %s', async (statement, table) => {
  const server = await connectionTo(await emptySchema())
  await server.query(statement)
  expect(await migratePostgres(server)).toEqual({
    kind: 'refused',
    problem: `has a table ${table} of another program: use a database of its own, or another schema (search_path)`,
  })
  expect(await server.query("SELECT to_regclass('monitor') AS monitor")).toEqual([{ monitor: null }])
})
