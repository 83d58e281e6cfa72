/** Servers with one PostgreSQL, behind HAProxy, do what one server does. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KEY } from '../../../support/key.ts'
import { emptySchema, ownPostgres } from '../../../support/postgres.ts'
import { sendEvent } from '../../../support/send-event.ts'
import { serve } from '../../../support/serve.ts'
import { severalServers, whyNoServers } from '../../../support/several-servers.ts'
import { tempDir } from '../../../support/temp.ts'
import { until } from '../../../support/until.ts'
import { linesOf } from '../../../support/wrapper.ts'

function keyFile(): string {
  const file = join(tempDir('keys'), 'keys')
  writeFileSync(file, `${KEY}\n`, { mode: 0o600 })
  return file
}

const bearer = { authorization: `Bearer ${KEY}` }

async function json<Answer>(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { headers })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

async function connectionTo(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end().catch(() => {}))
  return client
}

const why = whyNoServers()

describe.skipIf(why !== undefined)(`servers behind HAProxy${why ? ` (skipped: ${why})` : ''}`, () => {
  test('a run begins on one server and ends on another, and each knows it', async () => {
    const database = await emptySchema()
    const { url, servers } = await severalServers(database, 3)
    const [first, second, third] = servers
    if (first === undefined || second === undefined || third === undefined) throw new Error('too few servers')
    expect(await sendEvent(first, 'job', { state: 'run', series: 'a' })).toBe(200)
    expect(await sendEvent(second, 'job', { state: 'complete', series: 'a' })).toBe(200)
    // Its answer was lost: the sender repeats it, to whom it may concern.
    expect(await sendEvent(third, 'job', { state: 'complete', series: 'a' })).toBe(200)
    for (const each of [...servers, { url }]) {
      expect(await json(`${each.url}/api/monitors`)).toMatchObject({
        monitors: [{ monitor: 'job', state: 'healthy' }],
      })
    }
    const client = await connectionTo(database)
    expect((await client.query('SELECT state FROM event ORDER BY id')).rows).toEqual([
      { state: 'run' },
      { state: 'complete' },
    ])
  })

  test('a page that is open on one server shows an event of another', async () => {
    const database = await emptySchema()
    const { servers } = await severalServers(database, 2, ['--quiet'])
    const [first, second] = servers
    if (first === undefined || second === undefined) throw new Error('too few servers')
    const aborted = new AbortController()
    onTestFinished(() => aborted.abort())
    const stream = await fetch(`${second.url}/api/stream`, { signal: aborted.signal })
    let text = ''
    const reading = (async () => {
      for await (const chunk of stream.body ?? []) text += Buffer.from(chunk).toString()
    })()
    reading.catch(() => {})
    expect(await sendEvent(first, 'job-of-the-other', { state: 'ok' })).toBe(200)
    await until(
      () => `the stream shows it; it shows: ${text}`,
      () => text.includes('job-of-the-other'),
    )
  })

  test('each server prints the events that it has taken, and lists the runs of all', async () => {
    const database = await emptySchema()
    const { servers } = await severalServers(database, 2, ['--json'])
    const [first, second] = servers
    if (first === undefined || second === undefined) throw new Error('too few servers')
    await sendEvent(first, 'job', { state: 'fail', series: 'a' })
    await first.printed(1)
    expect(linesOf(second.running.output().stdout).slice(1)).toEqual([])
    expect(await json(`${second.url}/api/runs`)).toMatchObject({ runs: [{ series: 'a', state: 'failed' }] })
  })

  test('a login on one server is a login on each', async () => {
    const database = await emptySchema()
    const { url, servers } = await severalServers(database, 2, ['--api-key-file', keyFile()])
    const login = await fetch(`${url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ key: KEY, next: '/' }),
      redirect: 'manual',
    })
    expect(login.status).toBe(303)
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
    for (const server of servers) {
      const status = async (headers: Record<string, string>) =>
        (await server.send('GET', '/api/monitors', { headers })).status
      // As HAProxy passes it on: the name of the cookie says that it was set over HTTPS.
      expect(await status({ cookie, 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' })).toBe(200)
      expect(await status({ cookie: `${cookie}x`, 'x-forwarded-for': '192.0.2.7' })).toBe(401)
      expect(await status(bearer)).toBe(200)
    }
  })

  test('a server that is killed between the commit and the answer has stored the event once', async () => {
    const database = await emptySchema()
    const { url, servers, restart } = await severalServers(database, 2, ['--quiet'])
    const [first, second] = servers
    if (first === undefined || second === undefined) throw new Error('too few servers')
    const client = await connectionTo(database)
    // The commit waits, so that the server is killed after it has sent it.
    await client.query(
      'CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END $$',
    )
    await client.query(
      'CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()',
    )
    await client.query('SELECT pg_advisory_lock(7)')
    const answer = sendEvent(first, 'job', { state: 'fail', series: 'a' }).catch(() => 'none')
    await until(
      'the commit waits',
      async () =>
        (
          await client.query(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted",
          )
        ).rows.length === 1,
    )
    first.running.signalGroup('SIGKILL')
    expect(await answer).toBe('none')
    await client.query('SELECT pg_advisory_unlock(7)')
    expect(await sendEvent({ url }, 'job', { state: 'fail', series: 'a' })).toBe(200)
    await restart(0)
    expect(await sendEvent({ url }, 'job', { state: 'fail', series: 'a' })).toBe(200)
    expect((await client.query('SELECT state FROM event')).rows).toEqual([{ state: 'fail' }])
    expect((await client.query('SELECT to_health FROM change')).rows).toEqual([{ to_health: 'failing' }])
  })

  test('a database of a newer version is refused with one line, by a server that starts and by one that runs', async () => {
    const postgres = await ownPostgres()
    const server = await serve(['--database', postgres.url])
    const database = await connectionTo(postgres.url)
    await database.query('INSERT INTO schema_version (version, needs) VALUES (99, 99)')
    await expect(serve(['--database', postgres.url])).rejects.toThrow(
      /^it does not listen: cronitor: .*99.*\n$/,
    )
    // It finds out with its next connection.
    await database.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL',
    )
    // The first event can meet the end of the last one, and is refused for that.
    await until('it refuses events, and says why', async () => {
      const status = await sendEvent(server, 'job', { state: 'ok' })
      return status === 503 && /99/.test(String(server.running.output().stderr))
    })
  })

  test('a newer version that an older server can work with does not stop it', async () => {
    const postgres = await ownPostgres()
    await serve(['--database', postgres.url])
    const database = await connectionTo(postgres.url)
    await database.query('INSERT INTO schema_version (version, needs) VALUES (99, 1)')
    const server = await serve(['--database', postgres.url])
    expect(await sendEvent(server, 'job', { state: 'ok' })).toBe(200)
  })
})
