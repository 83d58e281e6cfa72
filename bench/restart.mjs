// The API comes back after events have piled up in the spool. Measures how long `cronitor spool flush` takes, compared with the best
// that the API's limits allow (burst 250, then 50/s for an address), and how much memory it uses.
//
//   node bench/restart.mjs [events] [monitors]        CRONITOR_NODE=… chooses the Node.js
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { answers, judge, startServer } from './counted-server.mjs'
import { quantile } from './ratios.mjs'
import { publish, surroundings } from './results.mjs'
import { CRONITOR, inWorkspace, KEY, NODE, queueLength, seconds, until } from './workspace.mjs'

const events = Number(process.argv[2] ?? 1000)
const monitors = Number(process.argv[3] ?? 50)
const FEW = 100

/** The spool's own functions, so that the files are the same as those of a wrapper. */
async function spoolFunctions(folder) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    stdin: {
      contents: `
        export { putEvents } from './src/spool/put-events.ts'
        export { keyFingerprint } from './src/spool/delivery-scope.ts'
        export { placeOfThisProcess } from './src/system/process-id.ts'`,
      resolveDir: '.',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  })
  const path = join(folder, 'spool-functions.mjs')
  writeFileSync(path, outputFiles[0].contents)
  return await import(path)
}

/** Puts `count` events: `run` and `complete` of each series, the monitors in turn, one event every ten seconds. */
async function fill(folder, count) {
  const { putEvents, keyFingerprint, placeOfThisProcess } = await spoolFunctions(folder)
  const spool = { folder: join(folder, 'spool'), place: placeOfThisProcess(), wallClock: Date.now }
  mkdirSync(spool.folder, { mode: 0o700 })
  const key = keyFingerprint(KEY)
  const series = Array.from({ length: count / 2 }, () => randomUUID())
  const spooled = Array.from({ length: count }, (_, index) => {
    const state = index % 2 === 0 ? 'run' : 'complete'
    const run = index >> 1
    return {
      key,
      occurredAt: Date.now() - (count - index) * 10_000,
      tries: 3,
      lastProblem: 'connection refused',
      event: {
        monitorKey: `job-${run % monitors}`,
        series: series[run],
        host: 'bench',
        state,
        metrics: state === 'run' ? [] : [{ name: 'duration', value: 1.5 }],
        ...(state === 'complete' && {
          statusCode: 0,
          message: { output: 'a line of output\n'.repeat(50), earlierBytes: 0 },
        }),
      },
    }
  })
  await putEvents(spool, 'queue', spooled)
}

/** Resident memory of a process in MiB; undefined once it has ended. */
function memory(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024
  } catch {
    return undefined
  }
}

/** The shortest time that the limit of an address allows, in milliseconds. */
function bestMs(count) {
  return Math.max(count - 250, 0) * 20
}

async function flush(count) {
  return await inWorkspace(async workspace => {
    await fill(workspace.folder, count)
    const api = await startServer(workspace)
    const started = performance.now()
    const flushing = workspace.start(
      [CRONITOR, 'spool', 'flush'],
      workspace.env({ CRONITOR_TELEMETRY_URL: api.url }),
    )
    const samples = []
    const sampling = setInterval(() => {
      const now = memory(flushing.child.pid)
      if (now !== undefined && now > 0) samples.push(now)
    }, 100)
    let took
    void flushing.ended.then(() => {
      took = performance.now() - started
    })
    try {
      await until('flush has ended', 2 * bestMs(count) + 60_000, () => took !== undefined)
    } finally {
      clearInterval(sampling)
    }
    const { status, stdout, stderr } = await flushing.ended
    await until('the server has told all', 5_000, () => api.recorded().length === answers(api.requests, 200))
    const third = Math.floor(samples.length / 3)
    const middle = values => quantile(values, 0.5)
    return {
      took,
      status,
      summary: stdout.trim(),
      stderr,
      left: queueLength(workspace),
      limited: answers(api.requests, 429),
      first: middle(samples.slice(0, third)),
      last: middle(samples.slice(-third)),
      most: Math.max(...samples),
      ...judge(api.recorded()),
    }
  })
}

const few = await flush(FEW)
const all = await flush(events)
const best = bestMs(events)

publish('restart', [
  '## Restart: `cronitor spool flush` after the API was down',
  '',
  `${surroundings(NODE)}. ${events} events of ${events / 2} series over ${monitors} monitors, against \`cronitor serve\` with the API's limits. The limits allow ${seconds(best)} at best (burst 250, then 50/s); \`flush\` includes its own start.`,
  '',
  `| | flush of ${events} | flush of ${FEW} |`,
  '| --- | --- | --- |',
  `| took | ${seconds(all.took)}${best > 0 ? ` (${(all.took / best).toFixed(2)} × the limit)` : ''} | ${seconds(few.took)} |`,
  `| distinct events at the server | ${all.distinct} | ${few.distinct} |`,
  `| left, exit status | ${all.left}, ${all.status} | ${few.left}, ${few.status} |`,
  `| twice, more than twice | ${all.twice}, ${all.oftener} | ${few.twice}, ${few.oftener} |`,
  `| series out of order | ${all.outOfOrder} | ${few.outOfOrder} |`,
  `| answers 429 | ${all.limited} | ${few.limited} |`,
  `| memory, median of the first third | ${all.first?.toFixed(1)} MiB | |`,
  `| memory, median of the last third | ${all.last?.toFixed(1)} MiB | |`,
  `| memory at most | ${all.most.toFixed(1)} MiB | ${few.most.toFixed(1)} MiB |`,
])
for (const { stderr } of [all, few]) process.stderr.write(stderr)
if (all.distinct !== events || all.left !== 0 || all.outOfOrder > 0) process.exitCode = 1
