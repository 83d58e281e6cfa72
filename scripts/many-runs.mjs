// Runs ten thousand jobs, ten at a time, against an HTTPS API on this host that fails now and then, and checks that nothing is
// lost: as many runs as a busy crontab has in a day.
//
//   node scripts/many-runs.mjs [--program build/linux-x64/cronitor-exec] [--runs 10000] [--at-once 10]
//
// Prints what was found, and ends with status 1 if there was a problem. Needs openssl and /proc.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    program: { type: 'string', default: 'build/linux-x64/cronitor-exec' },
    runs: { type: 'string', default: '10000' },
    'at-once': { type: 'string', default: '10' },
  },
})
const program = resolve(values.program)
const count = Number(values.runs)
const folder = mkdtempSync(join(tmpdir(), 'many-runs-'))
/** @type {string[]} */
const problems = []

// --- The API -----------------------------------------------------------------------------------------------------
const [certificate, key] = ['api.pem', 'api.key'].map(name => join(folder, name))
const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
const request = [
  'req',
  '-x509',
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  '-days',
  '2',
]
execFileSync('openssl', [...request, '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' })

const UP_MS = 15_000
const DOWN_MS = 5000
const OUTAGES = /** @type {const} */ (['503', 'reset', 'hang', 'lost answer'])
/** How the API fails at the moment; undefined if it answers. */
let outage = /** @type {(typeof OUTAGES)[number] | undefined} */ (undefined)
/** What arrived for each series, in order, and whether it was answered with 200. @type {Map<string, string[]>} */
const arrived = new Map()
let requests = 0

const api = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  requests += 1
  if (outage === 'hang') return
  if (outage === 'reset') return void request.socket.destroy()
  if (outage === '503') return void response.writeHead(503).end()
  const query = new URL(request.url ?? '/', 'https://127.0.0.1').searchParams
  const series = query.get('series') ?? 'none'
  arrived.set(series, [...(arrived.get(series) ?? []), query.get('state') ?? 'none'])
  if (outage === 'lost answer') return void request.socket.destroy()
  response.end('ok')
})
await new Promise(done => api.listen(0, '127.0.0.1', () => done(undefined)))
const { port } = /** @type {import('node:net').AddressInfo} */ (api.address())

// --- The runs ----------------------------------------------------------------------------------------------------
// A courier keeps only some variables of its wrapper, HOME among them.
const mark = `HOME=${folder}`
const env = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: folder,
  CRONITOR_API_KEY: 'key-of-many-runs',
  CRONITOR_TELEMETRY_URL: `https://127.0.0.1:${port}`,
  CRONITOR_SPOOL_DIR: join(folder, 'spool'),
  CRONITOR_DELIVER_WITHIN: '2s',
  CRONITOR_NODE: process.execPath,
  NODE_EXTRA_CA_CERTS: certificate,
}
/** How often each line was printed. @type {Map<string, number>} */
const printed = new Map()

/** @param {number} index */
async function runJob(index) {
  const series = `many-${index}`
  const status = index % 4
  const argv = [
    '--series',
    series,
    `job-${index % 400}`,
    '--',
    '/bin/sh',
    '-c',
    `echo ${index}; exit ${status}`,
  ]
  const child = spawn(program, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', chunk => {
    out += chunk
  })
  child.stderr.on('data', chunk => {
    err += chunk
  })
  const end = await new Promise(done => child.on('close', (code, signal) => done(code ?? signal)))
  if (end !== status || out !== `${index}\n`)
    problems.push(`run ${index}: ended with ${end}, and printed ${out}`)
  for (const line of err.split('\n').filter(Boolean)) {
    const text = line.replace(/\d+/g, 'N')
    printed.set(text, (printed.get(text) ?? 0) + 1)
  }
}

/** The processes that the runs have left, with their arguments and their memory in KiB. */
function processes() {
  return readdirSync('/proc').flatMap(pid => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      const read = (/** @type {string} */ name) => readFileSync(`/proc/${pid}/${name}`, 'utf8')
      if (!read('environ').split('\0').includes(mark)) return []
      const memory = Number(/^VmRSS:\s+(\d+)/m.exec(read('status'))?.[1] ?? 0)
      return [{ pid, command: read('cmdline').split('\0').join(' '), memory }]
    } catch {
      // It has ended.
      return []
    }
  })
}

/** The memory of couriers in KiB, and how many runs were over then. */
const couriers = /** @type {{ done: number, memory: number }[]} */ ([])
let done = 0
let next = 0
const started = Date.now()
const timer = setInterval(() => {
  const elapsed = Date.now() - started
  const cycle = Math.floor(elapsed / (UP_MS + DOWN_MS))
  const isDown = elapsed % (UP_MS + DOWN_MS) > UP_MS && next < count
  outage = isDown ? OUTAGES[cycle % OUTAGES.length] : undefined
  if (isDown) api.closeIdleConnections()
  for (const { command, memory } of processes())
    if (command.includes('spool courier')) couriers.push({ done, memory })
}, 250)
await Promise.all(
  Array.from({ length: Number(values['at-once']) }, async () => {
    while (next < count) {
      const index = next
      next += 1
      await runJob(index)
      done += 1
      if (done % 1000 === 0) process.stderr.write(`${done} runs after ${seconds()} s\n`)
    }
  }),
)
const ranFor = seconds()

// --- The check ---------------------------------------------------------------------------------------------------
// A courier leaves when it has delivered everything.
for (let waited = 0; waited < 240 && processes().length > 0; waited += 1) await sleep(500)
clearInterval(timer)
for (const { pid, command } of processes()) problems.push(`process ${pid} was left: ${command}`)
api.close()
api.closeAllConnections()
let repeated = 0
for (let index = 0; index < count; index += 1) {
  const states = arrived.get(`many-${index}`) ?? []
  arrived.delete(`many-${index}`)
  const first = [...new Set(states)]
  repeated += states.length - first.length
  const wanted = ['run', index % 4 === 0 ? 'complete' : 'fail']
  if (first.join() !== wanted.join()) problems.push(`run ${index}: ${states.join() || 'nothing'} arrived`)
}
for (const series of arrived.keys()) problems.push(`an unknown series arrived: ${series}`)
const waiting = readdirSync(join(folder, 'spool'), { recursive: true, encoding: 'utf8' }).filter(name =>
  /\.json$/.test(name),
)
if (waiting.length > 0) problems.push(`${waiting.length} files were left in the spool: ${waiting[0]}`)

const print = (/** @type {string} */ line) => process.stdout.write(`${line}\n`)
print(`${count} runs in ${ranFor} s, ${requests} requests, ${repeated} events arrived again`)
const third = Math.ceil(count / 3)
const mib = (/** @type {number} */ from) => {
  const some = couriers.filter(each => each.done >= from && each.done < from + third).map(each => each.memory)
  return some.length === 0 ? 'none' : `${Math.round(Math.max(...some) / 1024)} MiB`
}
print(`memory of couriers, at most, in each third: ${[0, third, 2 * third].map(mib).join(', ')}`)
for (const [line, times] of printed) print(`${times} times: ${line}`)
for (const problem of problems.slice(0, 20)) print(`problem: ${problem}`)
print(`${problems.length} problems`)
rmSync(folder, { recursive: true })
process.exitCode = problems.length > 0 ? 1 : 0

function seconds() {
  return Math.round((Date.now() - started) / 1000)
}
