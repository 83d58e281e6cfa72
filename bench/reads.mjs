// How long events wait while /metrics, / and /api are read on a server with many monitors, and how much memory it takes.
//
//   npm run build && node bench/reads.mjs [monitors] [rounds]
//   BEFORE=/path/to/another/clone node bench/reads.mjs 80000        measures that build too, by turns
//   TLS_CERT=cert.pem TLS_KEY=key.pem node bench/reads.mjs          over HTTPS
//
// CRONITOR_NODE=… selects the Node.js. The server is filled by HTTP with RUNS runs of each monitor. Then RATE events a
// second are sent, each of a random monitor, while the paths are read one after the other.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { get as tlsGet } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quantile } from './ratios.mjs'
import { publish, surroundings } from './results.mjs'
import { CRONITOR, inWorkspace, NODE, sleep, until } from './workspace.mjs'

const [monitors = 10_000, rounds = 2] = process.argv.slice(2).map(Number)
const RUNS = 2
const RATE = 200
const REPEATS = 3
const BURST = 30_000
const TLS = [process.env.TLS_CERT, process.env.TLS_KEY]
const isTls = TLS.every(file => file !== undefined)
const STEADY = fileURLToPath(new URL('steady.mjs', import.meta.url))

/** The option came with the bound itself; an older build has neither. */
function withRaisedBound(cronitor, env) {
  const help = spawnSync(cronitor, ['serve', '--help'], { env, encoding: 'utf8' }).stdout
  return help.includes('--max-monitors') ? ['--max-monitors', '1000000'] : []
}

async function startServe(workspace, cronitor) {
  const env = workspace.env()
  const tls = isTls ? ['--tls-cert', TLS[0], '--tls-key', TLS[1]] : []
  const words = ['--port', '0', '--quiet', '--no-limits', ...tls, ...withRaisedBound(cronitor, env)]
  const { child, output } = workspace.start([cronitor, 'serve', ...words], env, ['ignore', 'pipe', 'inherit'])
  await until('cronitor serve listens', 30_000, () => /https?:\/\/\S+/.test(output.stdout))
  return { child, url: /https?:\/\/[^\s"]+/.exec(output.stdout)?.[0] ?? '' }
}

/** Resolves with the time to the end of the answer and its size; after `limitMs` the reader goes away. */
function read(url, limitMs = 600_000) {
  const begun = performance.now()
  return new Promise((/** @type {(result: { ms: number, bytes: number }) => void} */ resolve, reject) => {
    let bytes = 0
    const over = () => resolve({ ms: performance.now() - begun, bytes })
    const request = (isTls ? tlsGet : get)(url, { agent: false, rejectUnauthorized: false }, answer => {
      answer.on('data', chunk => {
        bytes += chunk.length
      })
      answer.on('end', () =>
        answer.statusCode === 200 ? over() : reject(new Error(`${url}: ${answer.statusCode}`)),
      )
      setTimeout(() => {
        over()
        request.destroy()
      }, limitMs).unref()
    })
    request.on('error', reject)
  })
}

const memory = (pid, field) =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024

async function send(workspace, mode, url, amount) {
  const { status } = await workspace.start(
    [NODE, STEADY, mode, url, monitors, amount].map(String),
    workspace.env(),
    ['ignore', 'ignore', 'inherit'],
  ).ended
  if (status !== 0) throw new Error('not every event was answered 200')
}

const STREAM_MS = 5000
const together = (url, paths) => async () => {
  const results = await Promise.all(paths.map(path => read(`${url}${path}`)))
  return {
    ms: Math.max(...results.map(({ ms }) => ms)),
    bytes: results.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

/** Each read after the other; between them the server has a second of rest. */
async function readAll(workspace, url) {
  const times = []
  const during = async (name, reading, repeats = REPEATS) => {
    for (let each = 0; each < repeats; each += 1) {
      const from = Date.now()
      const result = await reading()
      times.push({ name, from, to: Date.now(), ...result })
      await sleep(1000)
    }
  }
  const quiet = async () => {
    await sleep(8000)
    return { ms: 8000, bytes: 0 }
  }
  await sleep(2000)
  await during('no read', quiet, 1)
  for (const path of [
    '/metrics',
    '/',
    '/?q=job-0001',
    '/api/monitors',
    '/api/monitors?recent=30',
    '/api/runs?limit=1000',
  ]) {
    await during(`\`${path}\``, () => read(`${url}${path}`))
  }
  await during('`/api/stream`, open for 5 s', () => read(`${url}/api/stream`, STREAM_MS), 1)
  await during('five of `/metrics` at once', together(url, Array(5).fill('/metrics')), 1)
  await during(
    '`/metrics`, `/`, `/api/monitors` at once',
    together(url, ['/metrics', '/', '/api/monitors']),
    1,
  )
  await during(
    `a burst of ${BURST.toLocaleString('en')} events`,
    async () => {
      const from = performance.now()
      await send(workspace, 'burst', url, BURST)
      return { ms: performance.now() - from, bytes: 0 }
    },
    1,
  )
  return times
}

/** The first read after a burst: the rows of the burst are then still to be written. */
async function readAfterBurst(workspace, url) {
  const times = []
  for (let each = 0; each < REPEATS; each += 1) {
    await send(workspace, 'burst', url, BURST)
    const from = Date.now()
    const result = await read(`${url}/api/runs?limit=1`)
    times.push({ name: '`/api/runs?limit=1` right after a burst', from, to: Date.now(), ...result })
    await sleep(4000)
  }
  return times
}

async function measure(cronitor) {
  return inWorkspace(async workspace => {
    const { child, url } = await startServe(workspace, cronitor)
    await send(workspace, 'fill', url, RUNS)
    await sleep(5000)
    const filled = { filledPeak: memory(child.pid, 'VmHWM'), filled: memory(child.pid, 'VmRSS') }
    const sender = workspace.start([NODE, STEADY, 'rate', url, monitors, RATE].map(String), workspace.env(), [
      'pipe',
      'pipe',
      'inherit',
    ])
    const times = [...(await readAll(workspace, url)), ...(await readAfterBurst(workspace, url))]
    const resident = memory(child.pid, 'VmRSS')
    sender.child.stdin?.end()
    const { status, stdout } = await sender.ended
    if (status !== 0) throw new Error('not every event was answered 200')
    const events = JSON.parse(stdout)
    const reads = times.map(each => ({
      ...each,
      // Until a little after the end: the server may work on for a reader who has all it wanted.
      waits: events.filter(([due]) => due >= each.from - 10 && due < each.to + 200).map(([, took]) => took),
    }))
    return { reads, ...filled, resident, peak: memory(child.pid, 'VmHWM') }
  })
}

const median = values => quantile(values, 0.5)

function row(name, results) {
  const reads = results.flatMap(({ reads }) => reads.filter(each => each.name === name))
  const waits = reads.flatMap(each => each.waits)
  const bytes = median(reads.map(each => each.bytes))
  const took = bytes === 0 ? '' : `${(median(reads.map(({ ms }) => ms)) / 1000).toFixed(2)} s`
  return `${took} | ${bytes === 0 ? '' : `${(bytes / 2 ** 20).toFixed(1)} MiB`} | ${[0.5, 0.99, 1].map(share => quantile(waits, share).toFixed(0)).join(' | ')}`
}

function table(title, results) {
  const names = [...new Set(results.flatMap(({ reads }) => reads.map(({ name }) => name)))]
  const size = key => `${median(results.map(each => each[key])).toFixed(0)} MiB`
  return [
    '',
    `${title}. Memory (RSS): ${size('filled')} after the fill (at most ${size('filledPeak')}), ${size('resident')} at the end; at most ${size('peak')}.`,
    '',
    '| while | the read took | answer | events wait: p50 ms | p99 ms | worst ms |',
    '| --- | --- | --- | --- | --- | --- |',
    ...names.map(name => `| ${name} | ${row(name, results)} |`),
  ]
}

const builds = [
  ...(process.env.BEFORE === undefined
    ? []
    : [{ name: 'Before', cronitor: join(process.env.BEFORE, 'bin/cronitor') }]),
  ...(process.env.ONLY_BEFORE === undefined ? [{ name: 'Now', cronitor: CRONITOR }] : []),
]
/** @type {Map<string, any[]>} */
const results = new Map(builds.map(({ name }) => [name, []]))
for (let round = 0; round < rounds; round += 1) {
  for (const { name, cronitor } of builds) results.get(name)?.push(await measure(cronitor))
}
const count = monitors.toLocaleString('en')
publish(`reads, ${monitors}${isTls ? ', tls' : ''}`, [
  `## Events while others read: ${count} monitors${isTls ? ', HTTPS' : ''}`,
  '',
  `${surroundings(NODE)}. ${count} monitors with ${RUNS} runs each; then ${RATE} events a second from another process, each of a random monitor, while a third process reads. An event's wait counts from the moment at which it was due. ${rounds === 1 ? 'One round' : `${rounds} rounds`}${builds.length > 1 ? ', the builds by turns' : ''}.`,
  ...[...results].flatMap(([name, all]) => table(name, all)),
])
