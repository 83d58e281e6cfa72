// A PostgreSQL of its own for a bench, and several `cronitor serve` that use it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { makeCluster, ownByPostgres, startPostgres } from '../scripts/postgres-server.mjs'
import { CRONITOR, freePort, NODE, sleep } from './workspace.mjs'

/** As users have it: it writes to the disk before a commit. What is more than Debian's settings is said in the results. */
const SETTINGS = { shared_buffers: '1GB', max_wal_size: '4GB' }

/** It ends with the workspace. */
export async function startDatabase(workspace) {
  const folder = join(workspace.folder, 'postgres')
  mkdirSync(folder)
  ownByPostgres(folder)
  ownByPostgres(workspace.folder)
  await makeCluster(join(folder, 'data'))
  const server = await startPostgres(join(folder, 'data'), { settings: SETTINGS })
  const client = new pg.Client(server.url())
  await client.connect()
  workspace.atEnd(async () => {
    await client.end()
    await server.stop()
  })
  return {
    url: server.url(),
    /** @param {string} text */
    rows: async text => (await client.query(text)).rows,
  }
}

/** `database` undefined: SQLite. */
export async function startServer(workspace, database, cronitor = CRONITOR) {
  const port = await freePort()
  const flags = ['--port', String(port), '--quiet', '--no-limits']
  const argv = [cronitor, 'serve', ...flags, ...(database === undefined ? [] : ['--database', database])]
  const { child } = workspace.start(argv, workspace.env(), ['ignore', 'ignore', 'inherit'])
  for (let tries = 0; tries < 200; tries += 1) {
    await sleep(50)
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)
    if (answer?.ok) return { child, port }
  }
  throw new Error('cronitor serve does not answer')
}

/** See load.mjs. */
export async function sendLoad(workspace, servers, { seconds, events = 1e9, connections = 512, monitors }) {
  const ports = servers.map(({ port }) => port).join(',')
  const words = [ports, seconds, events, connections, 1, monitors].map(String)
  const file = fileURLToPath(new URL('load.mjs', import.meta.url))
  const { status, stdout, stderr } = await workspace.start([NODE, file, ...words], workspace.env()).ended
  if (status !== 0) throw new Error(`not every event was answered 200: ${stderr}`)
  return JSON.parse(stdout)
}
