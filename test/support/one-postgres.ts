/**
 * One PostgreSQL for all tests of a run, started when the first test asks for it (postgres.ts). It belongs to vitest's own process,
 * because those of the tests come and go.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { makeCluster, ownByPostgres, startPostgres } from '../../scripts/postgres-server.mjs'

/** Nothing has to outlive the machine. Many stores are open at a time, and each is small. */
const SETTINGS = { fsync: 'off', max_connections: '300', shared_buffers: '32MB' }

async function startIn(folder: string) {
  ownByPostgres(folder)
  const data = join(folder, 'data')
  await makeCluster(data)
  const server = await startPostgres(data, { settings: SETTINGS, removeAtEnd: folder })
  const client = new pg.Client(server.url())
  await client.connect()
  let schemas = 0
  return {
    /** The URL of a schema that nobody else has. */
    emptySchema: async () => {
      schemas += 1
      const name = `s${schemas}`
      await client.query(`CREATE SCHEMA ${name}`)
      return `${server.url()}?options=-csearch_path%3D${name}`
    },
    stop: async () => {
      await client.end()
      await server.stop()
    },
  }
}

/** Each of vitest's projects has this setup; they share the server. */
export default async function startWhenAsked(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TEST_POSTGRES_DOOR !== undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'cronitor-postgres-'))
  let started: ReturnType<typeof startIn> | undefined
  /** Tells everybody who comes a URL, or why there is none. */
  const door = createServer(socket => {
    socket.on('error', () => {})
    started ??= startIn(folder)
    started
      .then(({ emptySchema }) => emptySchema())
      .then(
        url => socket.end(url),
        error => socket.end(String(error)),
      )
  })
  await new Promise<void>(resolve => door.listen(0, '127.0.0.1', resolve))
  door.unref()
  process.env.TEST_POSTGRES_DOOR = String((door.address() as AddressInfo).port)
  return async () => {
    door.close()
    await (await started?.catch(() => undefined))?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
