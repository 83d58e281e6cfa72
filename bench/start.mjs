// What a run costs: start (to the job's first instruction), whole (to the wrapper's end), and CPU time, as ratios to a
// bare Node.js that spawns the same job with inherited stdio and does nothing else. The two are run in turn, A B A B,
// since a time on a shared machine means nothing by itself; the floor against itself shows the noise.
//
//   node bench/start.mjs [rounds]        CRONITOR_NODE=… chooses the Node.js
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const rounds = Number(process.argv[2] ?? 15)
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) throw new Error('rounds: 1 to 1000')
const node = process.env.CRONITOR_NODE ?? process.execPath
const launcher = new URL('../bin/cronitor-exec', import.meta.url).pathname

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const floor = join(folder, 'floor.cjs')
const stamp = join(folder, 'stamp')
writeFileSync(
  floor,
  `require('node:child_process').spawn(process.argv[2], process.argv.slice(3), { stdio: 'inherit' })\n`,
)
// The job: notes the time of its first instruction. date(1) of GNU knows nanoseconds.
const job = ['/bin/sh', '-c', `date +%s.%N > ${stamp}`]

const server = createServer((_request, response) => response.end())
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
const env = {
  PATH: '/usr/bin:/bin',
  HOME: folder,
  CRONITOR_NODE: node,
  CRONITOR_API_KEY: 'bench-key',
  CRONITOR_SPOOL_DIR: join(folder, 'spool'),
  CRONITOR_NO_COURIER: '1',
  CRONITOR_TELEMETRY_URL: `http://127.0.0.1:${server.address().port}`,
}

const SUBJECTS = {
  floor: [node, floor, ...job],
  'floor again': [node, floor, ...job],
  wrapper: [launcher, 'bench', ...job],
  'wrapper --no-output': [launcher, '--no-output', 'bench', ...job],
}

/** User and system time of ended children, in seconds. */
const cpu = () => {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

/** Milliseconds to the job's first instruction and to the end; seconds of CPU, in steps of 10 ms. */
async function measure([file, ...args]) {
  const before = cpu()
  const started = Date.now() / 1000
  const clock = performance.now()
  const child = spawn(file, args, { env, stdio: 'ignore' })
  await new Promise(resolve => child.once('exit', resolve))
  const whole = performance.now() - clock
  return { start: (Number(readFileSync(stamp, 'latin1')) - started) * 1000, whole, cpu: cpu() - before }
}

const ratios = new Map(Object.keys(SUBJECTS).map(name => [name, { start: [], whole: [], cpu: [] }]))
for (let round = -1; round < rounds; round++) {
  const base = await measure(SUBJECTS.floor)
  for (const [name, argv] of Object.entries(SUBJECTS)) {
    if (name === 'floor') continue
    const found = await measure(argv)
    if (round < 0) continue // The first round fills the caches.
    for (const what of ['start', 'whole', 'cpu']) ratios.get(name)[what].push(found[what] / base[what])
  }
}
server.close()
server.closeAllConnections()
rmSync(folder, { recursive: true })

const quantile = (values, share) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) * share)]
const cell = values =>
  values.length === 0
    ? '1'
    : `${quantile(values, 0.5).toFixed(2)} (${quantile(values, 0.25).toFixed(2)}–${quantile(values, 0.75).toFixed(2)})`
const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
const lines = [
  `Node.js ${version}, ${rounds} rounds, medians and quartiles of the ratio to the floor of the same round:`,
  '',
  '| | start | whole | cpu |',
  '| --- | --- | --- | --- |',
  ...[...ratios].map(
    ([name, { start, whole, cpu }]) => `| ${name} | ${cell(start)} | ${cell(whole)} | ${cell(cpu)} |`,
  ),
]
process.stdout.write(`${lines.join('\n')}\n`)
