// How many events `cronitor serve` takes, each answered once it is on disk, beside the same framework answering without a
// store. `node bench/serve.mjs [seconds] [connections] [depth] [rounds]`
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [seconds = 10, connections = 64, depth = 4, rounds = 3] = process.argv.slice(2).map(Number)
const MONITORS = 1000
const here = name => fileURLToPath(new URL(name, import.meta.url))
const node = process.env.BENCH_NODE || process.execPath

/** Starts a server; resolves with its port once it has printed its first line. */
async function started(argv, env = {}) {
  const child = spawn(node, argv, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } })
  const [first] = await once(child.stdout, 'data')
  child.stdout.resume()
  return { child, port: /(\d+)"?}?\s*$/m.exec(String(first))[1] }
}

async function measure({ child, port }, prefix) {
  const load = spawn(
    node,
    [here('load.mjs'), ...[port, seconds, connections, depth, MONITORS, prefix].map(String)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let text = ''
  load.stdout.on('data', chunk => {
    text += chunk
  })
  await once(load, 'close')
  const measured = JSON.parse(text)
  const isLinux = process.platform === 'linux'
  const count = Object.values(measured.statuses).reduce((sum, each) => sum + each, 0)
  const cpu = isLinux ? (cpuSecondsOf(child.pid) / count) * 1e6 : Number.NaN
  return { ...measured, cpu, rss: isLinux ? residentOf(child.pid) : Number.NaN }
}

/** Of all its threads, since its start: the start is in it. */
function cpuSecondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function residentOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
}

async function ended({ child }) {
  child.stdin.end()
  child.kill('SIGTERM')
  await once(child, 'exit')
}

const flags = process.env.BENCH_FLAGS?.split(' ').filter(Boolean) ?? []
const table = { floor: [], serve: [] }
for (let round = 0; round < rounds; round += 1) {
  const floor = await started([here('floor-server.mjs')])
  table.floor.push(await measure(floor, `floor-${round}`))
  await ended(floor)

  const dataDir = mkdtempSync(join(tmpdir(), 'bench-serve-'))
  const args = [
    here('../bin/cronitor.js'),
    'serve',
    '--port',
    '0',
    '--json',
    '--no-limits',
    '--data-dir',
    dataDir,
  ]
  const serve = await started([...flags, ...args])
  table.serve.push(await measure(serve, `serve-${round}`))
  await ended(serve)
  rmSync(dataDir, { recursive: true, force: true })
}

const show = number => number.toFixed(number < 100 ? 1 : 0)
for (const [name, all] of Object.entries(table)) {
  for (const { perSecond, p50, p99, cpu, rss, statuses } of all) {
    process.stdout.write(
      `${name.padEnd(6)} ${show(perSecond).padStart(7)}/s  p50 ${show(p50)} ms  p99 ${show(p99)} ms  ${show(cpu)} µs of CPU an event  ${show(rss)} MiB  ${JSON.stringify(statuses)}\n`,
    )
  }
}
const best = all => Math.max(...all.map(({ perSecond }) => perSecond))
process.stdout.write(`ratio of the best: ${(best(table.serve) / best(table.floor)).toFixed(2)}\n`)
