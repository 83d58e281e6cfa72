/** `cronitor serve --database`: where the database is, and what happens while it is away. */

import { describe, expect, test } from 'vitest'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { emptySchema, ownPostgres, whyNoPostgres } from '../../support/postgres.ts'
import { paths, run } from '../../support/run.ts'
import { type Served, serve } from '../../support/serve.ts'
import { until } from '../../support/until.ts'

const why = whyNoPostgres()

const statusOf = async (server: Served, target: string) => (await server.send('GET', target)).status

test('a URL of something else is a wrong command line, and is not shown', async () => {
  const { status, stderr } = await run([
    paths.bin.cronitor,
    'serve',
    '--database',
    'mysql://ann:secret@db/cronitor',
  ])
  expect(status).toBe(2)
  expect(String(stderr)).toContain('the URL of --database is no URL such as postgres://user@host/database')
  expect(String(stderr)).not.toContain('secret')
})

test('without the database it starts, refuses events and says why, and ends with 0', async () => {
  const server = await serve(['--database', `postgres://ann:secret@127.0.0.1:${CLOSED_PORT}/cronitor`])
  expect(await statusOf(server, '/job?state=ok')).toBe(503)
  const health = await server.send('GET', '/healthz')
  expect(health.status).toBe(503)
  expect(await health.text()).toContain(`connection refused by 127.0.0.1:${CLOSED_PORT}`)
  const error = `the store cannot be read: connection refused by 127.0.0.1:${CLOSED_PORT}`
  for (const target of [
    '/',
    '/monitors/job',
    '/api/runs',
    '/api/monitors',
    '/api/monitors/job',
    '/metrics',
  ]) {
    const refused = await server.send('GET', target)
    expect([target, refused.status, refused.headers.get('retry-after')]).toEqual([target, 503, '10'])
    expect(await refused.json()).toEqual({ error: expect.stringContaining(error) })
  }
  server.running.signal('SIGTERM')
  const { status, stderr } = await server.running.done
  expect(status).toBe(0)
  const lines = String(stderr).trim().split('\n')
  expect(lines[0]).toContain('other users can see the password of --database in the process list')
  expect(lines[1]).toContain('events cannot be stored, and are refused: connection refused by')
  expect(String(stderr)).not.toContain('secret')
})

describe.skipIf(why !== undefined)(`on PostgreSQL${why ?? ''}`, () => {
  test('a database that does not exist ends it with one line', async () => {
    const url = new URL(await emptySchema())
    url.pathname = '/nothing-there'
    const { status, stderr } = await run([paths.bin.cronitor, 'serve', '--port', '0'], {
      env: { CRONITOR_DATABASE: url.href },
    })
    expect(status).toBe(1)
    expect(String(stderr)).toBe(
      'cronitor: the database does not exist (database "nothing-there" does not exist)\n',
    )
  })

  test('when the database is back, events are stored without a restart', async () => {
    const postgres = await ownPostgres()
    await postgres.server().stop()
    const server = await serve([], { env: { CRONITOR_DATABASE: postgres.url } })
    expect(await statusOf(server, '/job?state=run&series=1')).toBe(503)
    await postgres.start()
    await until('the server is healthy', async () => (await statusOf(server, '/healthz')) === 200)
    expect(await statusOf(server, '/job?state=run&series=1')).toBe(200)
    await postgres.server().kill()
    await postgres.start()
    await until(
      'an event is stored',
      async () => (await statusOf(server, '/job?state=complete&series=1')) === 200,
    )
    // For half a second after it could not connect, reading fails as well.
    await until('the runs can be read', async () => (await statusOf(server, '/api/runs')) === 200)
    const runs = await (await server.send('GET', '/api/runs')).json()
    expect(runs).toMatchObject({ runs: [{ monitor: 'job', series: '1', state: 'complete' }] })
  })

  test('a database that is lost again at once does not end the server', async () => {
    const postgres = await ownPostgres()
    await postgres.server().stop()
    const server = await serve([], { env: { CRONITOR_DATABASE: postgres.url } })
    await postgres.start()
    const said = () => String(server.running.output().stderr)
    await until('it has seen the database', async () => {
      await statusOf(server, '/healthz')
      return said().includes('events can be stored again')
    })
    // Its services start now, and most of them have not done so yet.
    await postgres.server().kill()
    await postgres.start()
    await until('an event is stored', async () => (await statusOf(server, '/job?state=ok')) === 200)
    server.running.signal('SIGTERM')
    expect((await server.running.done).status).toBe(0)
  })
})
