// What events cost on PostgreSQL: bytes of the tables and of the write-ahead log, through the store's own code. It starts a
// server of its own, and is run by hand; docs/scaling.md has the figures.
//
//   node bench/database-cost.mjs --monitors 5000 --runs 200 --message 200
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import pg from 'pg'
import { makeCluster, ownByPostgres, startPostgres } from '../scripts/postgres-server.mjs'

const { values } = parseArgs({
  options: {
    monitors: { type: 'string', default: '5000' },
    /** Of each monitor. Its rows of an index have pages of their own once there are a few hundred. */
    runs: { type: 'string', default: '200' },
    /** Characters of the message of an end. */
    message: { type: 'string', default: '200' },
    compressions: { type: 'string', default: 'off,pglz,lz4' },
    batches: { type: 'string', default: '1,16' },
  },
})
const MONITORS = Number(values.monitors)
const RUNS = Number(values.runs)
const MESSAGE = Number(values.message)

/** Monitors that run between two checkpoints: of hourly jobs, a twelfth within five minutes. */
const INTERVAL = Math.round(MONITORS / 12)

/** So many jobs run at the same time. */
const AT_A_TIME = 64

const PROJECT = fileURLToPath(new URL('..', import.meta.url))

/** Lines as jobs print them: a compressor finds something in them, but not too much. */
function message() {
  let text = ''
  while (text.length < MESSAGE) {
    const id = Math.floor(Math.random() * 1e9)
    text += `2026-11-29T02:${String(id % 60).padStart(2, '0')}:07Z copied /srv/data/${id.toString(36)}/part-${id % 977}.gz, ${id % 65_536} bytes\n`
  }
  return text.slice(0, MESSAGE)
}

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`)
}

let at = Date.parse('2026-11-29T00:00:00Z')

/** The two events of a run, a second apart. @param {number} monitor */
function run(monitor) {
  at += 2
  const host = `web-${String(monitor % 10_000).padStart(5, '0')}.example.org`
  const common = {
    monitorKey: `${host}/job-${String(Math.floor(monitor / 10_000)).padStart(2, '0')}`,
    series: randomUUID(),
    host,
    env: 'production',
  }
  return [
    { ...common, state: 'run', receivedAt: at, metrics: [] },
    {
      ...common,
      state: 'complete',
      receivedAt: at + 1000,
      statusCode: 0,
      metrics: [{ name: 'duration', value: (monitor % 100_000) / 1000 }],
      ...(MESSAGE > 0 && { message: message() }),
    },
  ]
}

/** @param {number[]} list */
function shuffled(list) {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1))
    ;[list[last], list[other]] = [list[other], list[last]]
  }
  return list
}

const folder = mkdtempSync(join(tmpdir(), 'cronitor-cost-'))
ownByPostgres(folder)
const data = join(folder, 'data')
await makeCluster(data)
// The bytes are the same, whether they are synced or not.
const server = await startPostgres(data, {
  removeAtEnd: folder,
  settings: {
    fsync: 'off',
    synchronous_commit: 'off',
    shared_buffers: '1GB',
    max_wal_size: '50GB',
    checkpoint_timeout: '1d',
  },
})
try {
  await build({
    stdin: {
      contents: ['database', 'open-connection', 'database-address', 'schema', 'record-batch']
        .map(name => `export * from './src/server/store/postgres/${name}.ts'`)
        .join('\n'),
      resolveDir: PROJECT,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg'],
    outfile: join(PROJECT, 'node_modules/.cache/database-cost.mjs'),
  })
  const store = await import(pathToFileURL(join(PROJECT, 'node_modules/.cache/database-cost.mjs')).href)
  const { address } = store.parseDatabaseAddress(server.url(), {})
  const open = store.createOpener(address)
  const migrating = await open()
  await store.migratePostgres(migrating)
  migrating.end()
  const database = store.createDatabase({ open, clock: () => performance.now() })
  const client = new pg.Client(server.url())
  await client.connect()
  const ask = async (/** @type {string} */ text) => (await client.query(text)).rows[0]

  /** @param {number[]} monitors @param {number} size events of a transaction @param {number} [atATime] */
  async function record(monitors, size, atATime = AT_A_TIME) {
    for (let first = 0; first < monitors.length; first += atATime) {
      const runs = monitors.slice(first, first + atATime).map(run)
      const events = [...runs.map(([start]) => start), ...runs.map(([, end]) => end)]
      for (let next = 0; next < events.length; next += size) {
        await store.recordBatch(database, events.slice(next, next + size), { maxMonitors: Infinity })
      }
    }
  }

  async function tables() {
    const { rows } = await client.query(`
      SELECT relname AS name, pg_relation_size(oid)::float8 AS heap, pg_indexes_size(oid)::float8 AS indexes,
        pg_total_relation_size(oid)::float8 AS total
      FROM pg_class WHERE relname IN ('event', 'run', 'monitor') ORDER BY relname`)
    return rows
  }

  const { server_version: version } = await ask('SHOW server_version')
  say(
    `${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}, ${MONITORS} monitors, ${RUNS} runs of each, messages of ${MESSAGE} characters`,
  )
  const all = Array.from({ length: MONITORS }, (_, index) => index)
  const counts = { event: 2 * MONITORS * RUNS, run: MONITORS * RUNS, monitor: MONITORS }
  // Both events of a run in one transaction, so that no dead rows stay.
  for (let each = 0; each < RUNS; each += 1) await record(shuffled(all), 500, 250)
  await client.query('VACUUM ANALYZE')
  for (const { name, heap, indexes, total } of await tables()) {
    const each = (/** @type {number} */ bytes) => Math.round(bytes / counts[name])
    say(`${name}: ${each(total)} bytes a row (table ${each(heap)}, indexes ${each(indexes)})`)
  }
  for (const compression of values.compressions.split(',')) {
    await client.query(`ALTER SYSTEM SET wal_compression = '${compression}'`)
    await client.query('SELECT pg_reload_conf()')
    for (const size of values.batches.split(',').map(Number)) {
      const chosen = shuffled(all).slice(0, INTERVAL)
      await client.query('CHECKPOINT')
      const { lsn } = await ask('SELECT pg_current_wal_insert_lsn() AS lsn')
      await record(chosen, size)
      const { bytes } = await ask(
        `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '${lsn}')::float8 AS bytes`,
      )
      say(
        `WAL with wal_compression ${compression}, ${size} events a transaction, one run of a monitor between checkpoints: ${Math.round(bytes / 2 / INTERVAL)} bytes an event`,
      )
    }
  }
  await client.end()
  await database.close()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
