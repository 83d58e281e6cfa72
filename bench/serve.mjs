// How many events per second `cronitor serve` stores, compared with a bare server of node:http that answers 200 and stores
// nothing; and whether its memory stays flat. `node bench/serve.mjs [ratio|long] [rounds] [seconds] [events]`; both
// without an argument. Each server gets the same load, which shares the machine with it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hostTarget } from '../scripts/bun-runtime.mjs'
import { publish, surroundings } from './results.mjs'
import { CRONITOR, freePort, inWorkspace, NODE, sleep } from './workspace.mjs'

const [part = 'both', rounds = 5, seconds = 10, events = 1_000_000] = process.argv
  .slice(2)
  .map((word, at) => (at === 0 ? word : Number(word)))
/** Measured too if it was built. */
const EXECUTABLE = fileURLToPath(new URL(`../build/${hostTarget()}/cronitor`, import.meta.url))
const MONITORS = 1000
const CONNECTIONS = 512
const WARM_UP_SECONDS = 3
const here = name => fileURLToPath(new URL(name, import.meta.url))

/** With --quiet, since the bare server prints nothing either. */
async function startServe(workspace, cronitor = CRONITOR) {
  const port = await freePort()
  const argv = [cronitor, 'serve', '--port', String(port), '--quiet', '--no-limits']
  const { child } = workspace.start(argv, workspace.env(), ['ignore', 'ignore', 'inherit'])
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 200; tries += 1) {
    await sleep(50)
    const answer = await fetch(`${url}/healthz`).catch(() => undefined)
    if (answer?.ok) return { child, port, url }
  }
  throw new Error('cronitor serve does not answer')
}

async function startFloor(workspace) {
  const { child, output } = workspace.start([NODE, here('floor-server.mjs')], workspace.env(), [
    'pipe',
    'pipe',
    'inherit',
  ])
  while (!output.stdout.includes('\n')) await sleep(20)
  return { child, port: Number(output.stdout) }
}

async function load(workspace, port, duration, count) {
  const words = [port, duration, count, CONNECTIONS, 1, MONITORS].map(String)
  const { status, stdout } = await workspace.start([NODE, here('load.mjs'), ...words], workspace.env()).ended
  if (status !== 0) throw new Error('not every event was answered 200')
  return JSON.parse(stdout)
}

/** Processor time of each thread in milliseconds, the main one under `main`. Linux counts in hundredths of a second. */
function threadTimes(pid) {
  const times = new Map()
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ')
    times.set(thread === String(pid) ? 'main' : thread, (Number(fields[11]) + Number(fields[12])) * 10)
  }
  return times
}

async function measured(workspace, { child, port }) {
  const warm = await load(workspace, port, WARM_UP_SECONDS, 1e9)
  const before = threadTimes(child.pid)
  const result = await load(workspace, port, seconds, 1e9)
  const spent = [...threadTimes(child.pid)].map(([thread, ms]) => ({
    thread,
    micros: ((ms - (before.get(thread) ?? 0)) * 1000) / result.count,
  }))
  const main = spent.find(({ thread }) => thread === 'main')?.micros ?? Number.NaN
  const others = spent.filter(({ thread }) => thread !== 'main').map(({ micros }) => micros)
  const store = Math.max(0, ...others)
  const rest = others.reduce((sum, each) => sum + each, 0) - store
  const memory = resident(child.pid)
  return {
    ...result,
    rate: result.count / result.elapsed,
    main,
    store,
    rest,
    memory,
    all: warm.count + result.count,
  }
}

const resident = pid =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024
const sizeOf = file => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) / 2 ** 20
const median = values => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]

/** The number of stored events, from the server's metrics. */
async function stored(url) {
  const text = await (await fetch(`${url}/metrics`)).text()
  let sum = 0
  for (const [, count] of text.matchAll(/^cronitor_events_total\{[^\n]*\} (\d+)$/gm)) sum += Number(count)
  return sum
}

function expectStored(found, sent) {
  if (found === sent) return
  process.stderr.write(`${sent} events were answered 200, and ${found} are in the store\n`)
  process.exitCode = 1
}

async function ratio() {
  const floors = []
  const serves = []
  const executables = []
  const measuredServe = cronitor =>
    inWorkspace(async workspace => {
      const server = await startServe(workspace, cronitor)
      const result = await measured(workspace, server)
      expectStored(await stored(server.url), result.all)
      return result
    })
  for (let round = 0; round < Number(rounds); round += 1) {
    floors.push(await inWorkspace(async workspace => measured(workspace, await startFloor(workspace))))
    serves.push(await measuredServe(CRONITOR))
    if (existsSync(EXECUTABLE)) executables.push(await measuredServe(EXECUTABLE))
  }
  const row = (name, all) => {
    const of = key => median(all.map(each => each[key]))
    const rates = all.map(({ rate }) => rate)
    const cpu = ['main', 'store', 'rest', 'cpu'].map(key => of(key).toFixed(1)).join(' | ')
    return `| ${name} | ${of('rate').toFixed(0)} (${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}) | ${of('p50').toFixed(1)} | ${of('p99').toFixed(1)} | ${cpu} | ${of('memory').toFixed(0)} |`
  }
  const ratios = serves.map(({ rate }, at) => rate / floors[at].rate)
  const shown = each => each.toFixed(2)
  publish('serve, ratio', [
    '## `cronitor serve` without limits, and the floor',
    '',
    `${surroundings(NODE)}. ${rounds} pairs by turns, ${seconds} s each after ${WARM_UP_SECONDS} s to warm up, ${CONNECTIONS} kept connections with an event under way on each, ${MONITORS} monitors; \`run\`, its answer awaited, then \`complete\`. The floor is a bare server of node:http that answers 200 and stores nothing; \`cronitor serve\` answers once an event is on disk. The load is a Node.js process on the same processors. Medians; processor time in µs an event, by thread.`,
    '',
    `Ratio to the floor, pair by pair: median **${shown(median(ratios))}** (${shown(Math.min(...ratios))}–${shown(Math.max(...ratios))}). Every event that was answered 200 was counted by the store.`,
    '',
    '| | events/s (least–most) | p50 ms | p99 ms | main thread | busiest other | rest | load | RSS MiB |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    row('floor', floors),
    row('cronitor serve', serves),
    ...(executables.length > 0 ? [row('cronitor serve, executable', executables)] : []),
  ])
}

async function long() {
  await inWorkspace(async workspace => {
    const server = await startServe(workspace)
    const folder = join(workspace.folder, 'data')
    const samples = []
    const sampling = setInterval(() => {
      samples.push({ rss: resident(server.child.pid), log: sizeOf(join(folder, 'cronitor.db-wal')) })
    }, 250)
    const result = await load(workspace, server.port, 600, events)
    clearInterval(sampling)
    expectStored(await stored(server.url), result.count)
    const thirds = values => {
      const third = Math.floor(values.length / 3)
      return [values.slice(0, third), values.slice(third, 2 * third), values.slice(2 * third)]
    }
    const rss = thirds(samples.map(each => each.rss)).map(part => median(part).toFixed(0))
    // The last second is incomplete.
    const rates = thirds(result.perSecond.slice(0, -1)).map(part => median(part).toFixed(0))
    publish('serve, long', [
      `## \`cronitor serve\` over ${result.count.toLocaleString('en')} events`,
      '',
      `${surroundings(NODE)}. The load of the section on the floor, ${result.elapsed.toFixed(0)} s; p50 ${result.p50} ms, p99 ${result.p99} ms. Every event that was answered 200 was counted by the store.`,
      '',
      '| | first third | second | last |',
      '| --- | --- | --- | --- |',
      `| memory (RSS), median, MiB | ${rss.join(' | ')} |`,
      `| events/s, median of the seconds | ${rates.join(' | ')} |`,
      '',
      `At the end the database has ${sizeOf(join(folder, 'cronitor.db')).toFixed(0)} MiB; its log had at most ${Math.max(...samples.map(({ log }) => log)).toFixed(1)} MiB. Memory at most: ${Math.max(...samples.map(each => each.rss)).toFixed(0)} MiB.`,
    ])
  })
}

if (part !== 'long') await ratio()
if (part !== 'ratio') await long()
