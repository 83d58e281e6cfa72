// A herd: many wrappers that start at once, as with hundreds of crontab lines at `0 * * * *`, against the API's rate limits.
// Measures how long it takes until the API has every event, compared with the best that its limits allow, and whether jobs wait.
//
//   node bench/rate-limits.mjs [wrappers]        CRONITOR_NODE=… chooses the Node.js
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { answers, judge, startServer } from './counted-server.mjs'
import { prefer } from './prefer.mjs'
import { quantile } from './ratios.mjs'
import { publish, surroundings } from './results.mjs'
import { CRONITOR_EXEC, courierOf, inWorkspace, NODE, queueLength, seconds, until } from './workspace.mjs'

const wrappers = Number(process.argv[2] ?? 200)
const events = 2 * wrappers
/** The discard port (RFC 863), on which nothing listens. */
const ABSENT = 'http://127.0.0.1:9'

/**
 * A shell starts all wrappers, as cron does: the event loop of this process is busy with the proxy. The job creates a file, whose
 * time is that of its start.
 */
const HERD = `
i=0
while [ $i -lt ${wrappers} ]; do
  (
    "$0" "$(printf "$1" $i)" -- /bin/sh -c ': > "started/$CRONITOR_SERIES"' 2>"stderr/$i"
    echo $? >"status/$i"
  ) &
  i=$((i + 1))
done
wait`

/** Starts all wrappers. Resolves once they have ended, with the start of each job, exit statuses and warnings. */
async function startHerd(workspace, monitor, env) {
  const inFolder = name => join(workspace.folder, name)
  for (const name of ['started', 'stderr', 'status']) mkdirSync(inFolder(name))
  const begun = Date.now()
  const herd = workspace.start(['/bin/sh', '-c', HERD, CRONITOR_EXEC, monitor], workspace.env(env))
  prefer(process.pid)
  const over = await herd.ended.then(() => Date.now())
  prefer(process.pid, false)
  const texts = name =>
    readdirSync(inFolder(name)).map(file => readFileSync(inFolder(`${name}/${file}`), 'utf8'))
  const jobs = new Map(
    readdirSync(inFolder('started')).map(series => [series, statSync(inFolder(`started/${series}`)).mtimeMs]),
  )
  return {
    begun,
    over,
    jobs,
    lastJob: Math.max(...jobs.values()),
    failures: texts('status').filter(status => status !== '0\n').length,
    warnings: texts('stderr').filter(text => text !== ''),
  }
}

/** The shortest time that the limits allow for all events, in milliseconds. */
function bestMs({ burst, perSecond }) {
  return (Math.max(0, events - burst) / perSecond) * 1000
}

async function herd({ title, monitor, limit }) {
  const best = bestMs(limit)
  return await inWorkspace(async workspace => {
    const api = await startServer(workspace)
    const run = await startHerd(workspace, monitor, { CRONITOR_TELEMETRY_URL: api.url })
    const left = queueLength(workspace)
    // The courier delivers the rest, for 15 minutes at most.
    await until(`${title}: the spool is empty`, 2 * best + 60_000, () => queueLength(workspace) === 0)
    await until('the courier has left', 30_000, () => courierOf(workspace) === undefined)
    await until('the server has told all', 5_000, () => api.recorded().length === answers(api.requests, 200))
    const lastTaken = Math.max(...api.requests.filter(({ status }) => status === 200).map(({ at }) => at))
    // The longest time from an event's first request to the accepted one: the delay by the limits.
    const firstTry = new Map()
    let waited = 0
    for (const { series, state, at, status } of api.requests) {
      const name = `${series} ${state}`
      if (!firstTry.has(name)) firstTry.set(name, at)
      if (status === 200) waited = Math.max(waited, at - firstTry.get(name))
    }
    return {
      title,
      waited,
      best,
      took: lastTaken - run.lastJob,
      starts: [...run.jobs.values()].map(at => at - run.begun),
      wrappersFor: run.over - run.lastJob,
      left,
      failures: run.failures,
      warnings: run.warnings,
      jobs: run.jobs.size,
      limited: answers(api.requests, 429),
      byCourier: api.recorded().filter(({ stamp }) => stamp !== undefined).length,
      ...judge(api.recorded()),
    }
  })
}

/** The same herd without an API: the jobs' starts are compared with it. */
async function absent() {
  return await inWorkspace(async workspace => {
    const run = await startHerd(workspace, 'job-%d', {
      CRONITOR_TELEMETRY_URL: ABSENT,
      CRONITOR_NO_COURIER: '1',
    })
    return [...run.jobs.values()].map(at => at - run.begun)
  })
}

const before = await absent()
const many = await herd({
  title: `${wrappers} monitors`,
  monitor: 'job-%d',
  limit: { burst: 250, perSecond: 50 },
})
const one = await herd({
  title: 'one monitor',
  monitor: 'job',
  limit: { burst: 10, perSecond: 5 },
})
const after = await absent()

const middle = values => quantile(values, 0.5)
const baseMiddle = (middle(before) + middle(after)) / 2
const baseLast = (Math.max(...before) + Math.max(...after)) / 2
const row = (name, cell) => `| ${name} | ${[many, one].map(cell).join(' | ')} |`
publish('rate limits', [
  `## Rate limits: ${wrappers} wrappers at once`,
  '',
  `${surroundings(NODE)}. ${wrappers} wrappers of a job that does nothing, started at once, against \`cronitor serve\` with the API's limits: ${events} events. "At best" is what the limits allow: a burst of 250 and then 50/s for an address, of 10 and then 5/s for a monitor. Starts are compared with the mean of two herds whose API is absent, one before and one after.`,
  '',
  'Where there was no 429, the limits were not met: then it is the processor that the wrappers wait for, and not the API.',
  '',
  `| | ${many.title} | ${one.title} |`,
  '| --- | --- | --- |',
  row('distinct events at the server', ({ distinct }) => distinct),
  row('delivered after the last job had started', ({ took }) => seconds(took)),
  row('at best', ({ best }) => seconds(best)),
  row('ratio', ({ took, best }) => (best > 0 ? (took / best).toFixed(2) : '')),
  row('longest from the first try of an event to its delivery', ({ waited }) => seconds(waited)),
  row('twice, more than twice', ({ twice, oftener }) => `${twice}, ${oftener}`),
  row('series out of order', ({ outOfOrder }) => outOfOrder),
  row('answers 429', ({ limited }) => limited),
  row('delivered from the spool', ({ byCourier }) => byCourier),
  row('still in the spool when the last wrapper had left', ({ left }) => left),
  row('last wrapper left after the last job had started', ({ wrappersFor }) => seconds(wrappersFor)),
  row(
    'start of the job: median, ratio to an absent API',
    ({ starts }) => `${seconds(middle(starts))}, ${(middle(starts) / baseMiddle).toFixed(2)}`,
  ),
  row(
    'start of the last job, ratio to an absent API',
    ({ starts }) => `${seconds(Math.max(...starts))}, ${(Math.max(...starts) / baseLast).toFixed(2)}`,
  ),
  row('wrappers that failed, that warned', one => `${one.failures}, ${one.warnings.length}`),
])
for (const { title, warnings } of [many, one])
  for (const text of new Set(warnings)) process.stderr.write(`${title}: ${text}`)
for (const one_ of [many, one])
  if (one_.distinct !== events || one_.outOfOrder > 0 || one_.jobs !== wrappers || one_.failures > 0)
    process.exitCode = 1
