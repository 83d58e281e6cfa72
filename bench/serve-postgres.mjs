// How many events per second one, two and three `cronitor serve` store with one PostgreSQL, beside one with SQLite; and whether
// three that are sent events of a few monitors ever block each other for good. All share the processors with the database and the
// load. `node bench/serve-postgres.mjs [servers|hot] [rounds] [seconds] [events]`; both without an argument.
import { sendLoad, startDatabase, startServer } from './postgres.mjs'
import { publish, surroundings } from './results.mjs'
import { inWorkspace, NODE } from './workspace.mjs'

const [part = 'both', rounds = 3, seconds = 10, events = 1_000_000] = process.argv
  .slice(2)
  .map((word, at) => (at === 0 ? word : Number(word)))
const MONITORS = 1000
const HOT_MONITORS = 100
const WARM_UP_SECONDS = 3

const median = values => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]

function expectCount(found, sent) {
  if (Number(found) === sent) return
  process.stderr.write(`${sent} events were answered 200, and ${found} are in the store\n`)
  process.exitCode = 1
}

/** `count` 0: SQLite. */
async function measure(count) {
  return inWorkspace(async workspace => {
    const database = count === 0 ? undefined : await startDatabase(workspace)
    const servers = []
    for (let each = 0; each < Math.max(count, 1); each += 1)
      servers.push(await startServer(workspace, database?.url))
    const warm = await sendLoad(workspace, servers, { seconds: WARM_UP_SECONDS, monitors: MONITORS })
    const result = await sendLoad(workspace, servers, { seconds, monitors: MONITORS })
    if (database !== undefined) {
      const [{ n }] = await database.rows('SELECT count(*) n FROM event')
      expectCount(n, warm.count + result.count)
    }
    return { rate: result.count / result.elapsed, p50: result.p50, p99: result.p99 }
  })
}

async function compare() {
  /** @type {{ name: string, count: number, all: any[] }[]} */
  const rows = [
    { name: 'one server, SQLite', count: 0, all: [] },
    { name: 'one server, PostgreSQL', count: 1, all: [] },
    { name: 'two servers, PostgreSQL', count: 2, all: [] },
    { name: 'three servers, PostgreSQL', count: 3, all: [] },
  ]
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const { count, all } of rows) all.push(await measure(count))
  }
  publish('serve, postgres', [
    '## `cronitor serve` with PostgreSQL: one, two and three servers',
    '',
    `${surroundings(NODE)}. ${rounds} rounds by turns, ${seconds} s each after ${WARM_UP_SECONDS} s to warm up; 512 kept connections over all servers with an event under way on each, ${MONITORS} monitors; \`run\`, its answer awaited, then \`complete\`. Servers, database and load share the processors. PostgreSQL syncs each commit; \`shared_buffers\` is 1 GB, \`max_wal_size\` 4 GB, the rest Debian's. Medians. Every event that was answered 200 was in the database.`,
    '',
    '| | events/s (least–most) | p50 ms | p99 ms |',
    '| --- | --- | --- | --- |',
    ...rows.map(({ name, all }) => {
      const rates = all.map(({ rate }) => rate)
      const of = key => median(all.map(each => each[key])).toFixed(1)
      return `| ${name} | ${median(rates).toFixed(0)} (${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}) | ${of('p50')} | ${of('p99')} |`
    }),
  ])
}

async function hot() {
  await inWorkspace(async workspace => {
    const database = await startDatabase(workspace)
    const servers = []
    for (let each = 0; each < 3; each += 1) servers.push(await startServer(workspace, database.url))
    const result = await sendLoad(workspace, servers, {
      seconds: 3600,
      events: Number(events),
      monitors: HOT_MONITORS,
    })
    const [{ n, runs }] = await database.rows('SELECT count(*) n, count(DISTINCT run) runs FROM event')
    expectCount(n, result.count)
    const [{ deadlocks, xact_rollback: rollbacks }] = await database.rows(
      'SELECT deadlocks, xact_rollback FROM pg_stat_database WHERE datname = current_database()',
    )
    publish('serve, hot monitors', [
      `## ${result.count.toLocaleString('en')} events of ${HOT_MONITORS} monitors by three servers with one PostgreSQL`,
      '',
      `${surroundings(NODE)}. 512 kept connections over the servers with an event under way on each; \`run\`, its answer awaited, then \`complete\`; ${result.elapsed.toFixed(0)} s: ${(result.count / result.elapsed).toFixed(0)} events/s, p50 ${result.p50} ms, p99 ${result.p99} ms. Deadlocks: **${deadlocks}**; transactions that were rolled back: ${rollbacks}. Every event that was answered 200 was in the database, and each of its ${Number(runs).toLocaleString('en')} runs has two.`,
    ])
    if (Number(runs) * 2 !== result.count || Number(deadlocks) > 0) process.exitCode = 1
  })
}

if (part !== 'hot') await compare()
if (part !== 'servers') await hot()
