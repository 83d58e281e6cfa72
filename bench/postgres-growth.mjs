// What an event costs PostgreSQL while the store grows to ten million events of 10,000 monitors: `node bench/postgres-growth.mjs
// [millions,…] [measured events]`. The database is filled by SQL; what is measured are events that `cronitor serve` stores there.
import { sendLoad, startDatabase, startServer } from './postgres.mjs'
import { publish, surroundings } from './results.mjs'
import { inWorkspace, NODE, sleep } from './workspace.mjs'

const sizes = (process.argv[2] ?? '1,2,5,10').split(',').map(Number)
const MONITORS = 10_000
const MEASURED = Number(process.argv[3] ?? 60_000)
const WARM_UP = 10_000

/** Runs of a start and an end, one a monitor in turn, as the server stores them. */
async function fill({ rows }, upTo) {
  const [{ last_event, last_run }] = await rows('SELECT last_event, last_run FROM head')
  const before = Number(last_event)
  const runs = Math.floor((upTo - before) / 2)
  if (runs <= 0) return
  const run = Number(last_run)
  const step = 250_000
  for (let done = 0; done < runs; done += step) {
    const count = Math.min(step, runs - done)
    const firstRun = run + done
    const firstEvent = before + 2 * done
    await rows(`
      INSERT INTO run (id, monitor, series, ordinal, host, at, started_at, ended_at, end_state, reported_duration, status_code,
        start_event, end_event)
      SELECT ${firstRun} + i, 1 + (${firstRun} + i) % ${MONITORS}, gen_random_uuid()::text, 1, 'db-1.example.net', t, t, t + 1250,
        'complete', 1.25, 0, ${firstEvent} + 2 * i - 1, ${firstEvent} + 2 * i
      FROM (SELECT i, 1767225600000 + (${firstRun} + i) * 10 AS t FROM generate_series(1, ${count}) i) s`)
    await rows(`
      INSERT INTO event (id, monitor, received_at, run, state, series, host, env, status_code, metrics, message)
      SELECT CASE e WHEN 1 THEN r.start_event ELSE r.end_event END, r.monitor, r.at, r.id,
        CASE e WHEN 1 THEN 'run' ELSE 'complete' END, r.series, r.host, 'production',
        CASE e WHEN 2 THEN 0 END, CASE e WHEN 2 THEN '[{"name":"duration","value":1.25}]' END,
        CASE e WHEN 2 THEN E'copied 42 files to /srv/backup/nightly\\nremoved 3 old ones' END
      FROM run r, generate_series(1, 2) e WHERE r.id > ${firstRun} AND r.id <= ${firstRun + count} ORDER BY 1`)
  }
  await rows(`UPDATE head SET last_event = ${before + 2 * runs}, last_run = ${run + runs}`)
  await rows(`
    UPDATE monitor m SET outcome = 'healthy', derived = s.last, last_event_at = s.at, last_success_at = s.at, outcome_at = s.at,
      last_start_at = s.at, events_run = m.events_run + s.n, events_complete = m.events_complete + s.n,
      runs_complete = m.runs_complete + s.n
    FROM (SELECT monitor, max(end_event) last, max(at) at, count(*) n FROM run WHERE id > ${run} GROUP BY monitor) s
    WHERE s.monitor = m.id`)
  await rows('VACUUM ANALYZE')
}

async function addMonitors({ rows }) {
  await rows(`
    INSERT INTO monitor (id, key, env) SELECT i, 'job-' || (i - 1), 'production' FROM generate_series(1, ${MONITORS}) i`)
  await rows(`UPDATE head SET last_monitor = ${MONITORS}, monitors = ${MONITORS}`)
}

const COUNTERS = `
  SELECT (SELECT wal_fpi FROM pg_stat_wal) AS pages,
    (SELECT wal_records FROM pg_stat_wal) AS records,
    (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS commits,
    (SELECT sum(n_tup_ins) FROM pg_stat_user_tables) AS inserted,
    (SELECT sum(n_tup_upd) FROM pg_stat_user_tables) AS updated,
    (SELECT sum(n_tup_hot_upd) FROM pg_stat_user_tables) AS hot`

async function counters({ rows }) {
  // Statistics are up to a second old.
  await sleep(2000)
  const [row] = await rows(COUNTERS)
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]))
}

async function measureAt(workspace, database, servers) {
  const { rows } = database
  const send = count => sendLoad(workspace, servers, { seconds: 600, events: count, monitors: MONITORS })
  // The first change of a page after a checkpoint logs the whole page: such pages are counted apart.
  await rows('CHECKPOINT')
  await send(WARM_UP)
  const before = await counters(database)
  const [{ from }] = await rows('SELECT pg_current_wal_insert_lsn()::text AS from')
  const result = await send(MEASURED)
  const [log] = await rows(`
    SELECT sum(record_size) AS records, sum(fpi_size) AS pages
    FROM pg_get_wal_stats('${from}', pg_current_wal_flush_lsn())`)
  const after = await counters(database)
  const [{ size }] = await rows('SELECT pg_database_size(current_database()) size')
  const each = name => (after[name] - before[name]) / result.count
  return {
    size: Number(size) / 2 ** 20,
    rate: result.count / result.elapsed,
    p50: result.p50,
    p99: result.p99,
    recordBytes: Number(log.records) / result.count,
    pageBytes: Number(log.pages) / result.count,
    pages: each('pages'),
    records: each('records'),
    inserted: each('inserted'),
    updated: each('updated'),
    hot: (after.hot - before.hot) / (after.updated - before.updated),
    perCommit: 1 / each('commits'),
  }
}

await inWorkspace(async workspace => {
  const database = await startDatabase(workspace)
  const server = await startServer(workspace, database.url)
  await addMonitors(database)
  // Part of PostgreSQL 15 and newer: it reads the log itself.
  await database.rows('CREATE EXTENSION pg_walinspect')
  const found = []
  for (const millions of sizes) {
    await fill(database, millions * 1_000_000)
    found.push({ millions, ...(await measureAt(workspace, database, [server])) })
    process.stderr.write(`${JSON.stringify(found.at(-1))}\n`)
  }
  const row = (name, text) => `| ${name} | ${found.map(text).join(' | ')} |`
  publish('serve, postgres growth', [
    `## An event's cost in PostgreSQL: ${MONITORS.toLocaleString('en')} monitors, up to ${sizes.at(-1)} million events`,
    '',
    `${surroundings(NODE)}. One \`cronitor serve\`; ${MEASURED.toLocaleString('en')} events over 512 kept connections, from a checkpoint and ${WARM_UP.toLocaleString('en')} events on. Full pages are those that PostgreSQL logs as a whole because they are changed for the first time after a checkpoint: the more pages there are, the more of them, until each checkpoint (every five minutes) touches most. \`pg_walinspect\` tells them from the rest. The row lock of \`head\` is taken once for each transaction.`,
    '',
    `| million events | ${found.map(({ millions }) => millions).join(' | ')} |`,
    `| --- | ${found.map(() => '---').join(' | ')} |`,
    row('database, MiB', ({ size }) => size.toFixed(0)),
    row('events/s', ({ rate }) => rate.toFixed(0)),
    row('p50, ms', ({ p50 }) => p50.toFixed(1)),
    row('p99, ms', ({ p99 }) => p99.toFixed(1)),
    row('WAL without full pages, bytes an event', ({ recordBytes }) => recordBytes.toFixed(0)),
    row('full pages in the WAL, bytes an event', ({ pageBytes }) => pageBytes.toFixed(0)),
    row('full pages an event', ({ pages }) => pages.toFixed(3)),
    row('WAL records an event', ({ records }) => records.toFixed(2)),
    row('rows inserted an event', ({ inserted }) => inserted.toFixed(2)),
    row('rows updated an event', ({ updated }) => updated.toFixed(2)),
    row('of these without an index (HOT)', ({ hot }) => hot.toFixed(2)),
    row('events a transaction', ({ perCommit }) => perCommit.toFixed(1)),
  ])
})
