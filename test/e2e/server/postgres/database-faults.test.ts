/** What senders are told while PostgreSQL cannot store, and that all is well again by itself. */

import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KEY } from '../../../support/key.ts'
import { ownPostgres, whyNoPostgres } from '../../../support/postgres.ts'
import { postgresPair } from '../../../support/postgres-pair.ts'
import { isExecutable } from '../../../support/run.ts'
import { type Served, serve } from '../../../support/serve.ts'
import { until } from '../../../support/until.ts'

async function connectionTo(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end().catch(() => {}))
  return client
}

/** The status of the answer to an event; of 503 also whether it says when to try again. */
async function send(server: Served, series: string): Promise<string> {
  const response = await fetch(`${server.url}/p/${KEY}/job?state=run&series=${series}`)
  await response.arrayBuffer()
  const wait = response.headers.get('retry-after')
  return wait === null ? String(response.status) : `${response.status}, again in ${wait} s`
}

const TRY_AGAIN = /^503, again in \d+ s$/

const health = async (server: Served) => (await server.send('GET', '/healthz')).status

async function seriesIn(url: string): Promise<string[]> {
  const client = await connectionTo(url)
  const { rows } = await client.query('SELECT series FROM event ORDER BY id')
  return rows.map(({ series }) => series)
}

async function serverOn(settings: Readonly<Record<string, string>> = {}) {
  const postgres = await ownPostgres(settings)
  const server = await serve(['--database', postgres.url, '--quiet'])
  expect(await send(server, 'before')).toBe('200')
  return { postgres, server }
}

/** Repeats the event until it is stored, and looks into the database whether it is there once. */
async function isWellAgain(server: Served, url: string): Promise<void> {
  await until('events are stored again', async () => (await send(server, 'repeated')) === '200')
  await until('it is healthy', async () => (await health(server)) === 200)
  expect(await seriesIn(url)).toEqual(['before', 'repeated'])
}

const why = whyNoPostgres()

describe.skipIf(why !== undefined)(`with PostgreSQL${why ? ` (skipped: ${why})` : ''}`, () => {
  test('a database that is restarted: senders are to try again meanwhile', async () => {
    const { postgres, server } = await serverOn()
    await postgres.server().stop()
    expect(await send(server, 'repeated')).toMatch(TRY_AGAIN)
    expect(await health(server)).toBe(503)
    await postgres.start()
    await isWellAgain(server, postgres.url)
  })

  test('a database that crashes', async () => {
    const { postgres, server } = await serverOn()
    await postgres.server().kill()
    expect(await send(server, 'repeated')).toMatch(TRY_AGAIN)
    await postgres.start()
    await isWellAgain(server, postgres.url)
  })

  test('a database that is not there yet when the server starts', async () => {
    const postgres = await ownPostgres()
    await postgres.server().stop()
    const server = await serve(['--database', postgres.url, '--quiet'])
    expect(await send(server, 'before')).toMatch(TRY_AGAIN)
    await postgres.start()
    await until('events are stored', async () => (await send(server, 'before')) === '200')
    await isWellAgain(server, postgres.url)
  })

  test('a database that can only be read', async () => {
    const { postgres, server } = await serverOn()
    const admin = await connectionTo(postgres.url)
    const setReadOnly = async (to: string) => {
      await admin.query(`ALTER SYSTEM SET default_transaction_read_only = ${to}`)
      await admin.query('SELECT pg_reload_conf()')
    }
    await setReadOnly('on')
    await until('no event is stored', async () =>
      TRY_AGAIN.test(await send(server, `at ${performance.now()}`)),
    )
    // What it shows can still be read.
    expect((await server.send('GET', '/api/monitors')).status).toBe(200)
    await admin.query("BEGIN READ WRITE; DELETE FROM event WHERE series <> 'before'; COMMIT")
    await setReadOnly('off')
    await isWellAgain(server, postgres.url)
  })

  test('a database that has no connection left', async () => {
    const connections = 20
    const { postgres, server } = await serverOn({
      max_connections: String(connections),
      superuser_reserved_connections: '1',
    })
    const admin = await connectionTo(postgres.url)
    await admin.query('CREATE ROLE reserved LOGIN SUPERUSER')
    await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()',
    )
    const others: pg.Client[] = []
    await until('all connections are taken, and none by the server', async () => {
      const client = new pg.Client(postgres.url)
      client.on('error', () => {})
      try {
        await client.connect()
        others.push(client)
      } catch {
        // The server has the last one.
      }
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid() AND application_name LIKE 'cronitor%'",
      )
      return others.length + 1 === connections
    })
    expect(await send(server, 'repeated')).toMatch(TRY_AGAIN)
    await Promise.all(others.map(client => client.end()))
    await isWellAgain(server, postgres.url)
  })

  test.each([
    ['no table can be written', 'true'],
    // A small row still fits into the last page of another table.
    ['the tables of events cannot grow', "tablename IN ('event', 'run')"],
  ])('a database that is full: %s', async (_, tables) => {
    const { postgres, server } = await serverOn()
    const admin = await connectionTo(postgres.url)
    // What PostgreSQL says when the disk is full.
    await admin.query(`
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`)
    await admin.query(`
      DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND ${tables} LOOP
          EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON %I EXECUTE FUNCTION full_disk()', name);
        END LOOP;
      END $$`)
    expect(await send(server, 'repeated')).toMatch(TRY_AGAIN)
    await until('its health says so', async () => (await health(server)) === 503)
    expect((await server.send('GET', '/api/monitors')).status).toBe(200)
    await admin.query('DROP FUNCTION full_disk CASCADE')
    await isWellAgain(server, postgres.url)
  })

  test.skipIf(isExecutable)(
    'a database in which somebody holds a lock for long',
    { timeout: 180_000 },
    async () => {
      const { postgres, server } = await serverOn()
      const other = await connectionTo(postgres.url)
      await other.query('BEGIN')
      await other.query('SELECT * FROM head FOR UPDATE')
      const answer = send(server, 'repeated')
      expect((await server.send('GET', '/api/monitors')).status).toBe(200)
      // Within its bound, not when the lock is released.
      expect(await answer).toMatch(TRY_AGAIN)
      await other.query('ROLLBACK')
      await isWellAgain(server, postgres.url)
    },
  )

  test.skipIf(isExecutable)(
    'a synchronous standby that is away: nothing is answered 200 that only one of them has',
    {
      timeout: 180_000,
    },
    async () => {
      const pair = await postgresPair()
      const server = await serve(['--database', pair.url, '--quiet'], { timeoutMs: 170_000 })
      expect(await send(server, 'before')).toBe('200')
      await pair.standby().kill()
      expect(await send(server, 'repeated')).toMatch(TRY_AGAIN)
      // It is a repetition of what the primary may have by now.
      expect(await send(server, 'repeated')).toMatch(TRY_AGAIN)
      await pair.follow()
      await isWellAgain(server, pair.primary().url())
      await pair.failOver()
      await isWellAgain(server, pair.primary().url())
    },
  )
})
