// What the benches of the spool stand on: `cronitor serve` with the API's limits, behind a proxy that notes each request and
// its answer, and a folder that is gone in the end. Whatever was started is ended, by its process number.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const inProject = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
export const CRONITOR = inProject('bin/cronitor')
export const CRONITOR_EXEC = inProject('bin/cronitor-exec')
export const NODE = process.env.CRONITOR_NODE ?? process.execPath
export const KEY = 'bench-key-of-nobody'

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Resolves once `condition` holds; rejects after `limitMs`. */
export async function until(what, limitMs, condition) {
  const end = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs / 1000} s: ${what}`)
    await sleep(50)
  }
}

/** Runs `body` with a folder of its own and a way to start programs, and clears up whatever comes. */
export async function onStage(body) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const running = new Set()
  const closing = []
  const stage = {
    folder,
    /** What programs get; `more` comes on top, and the spool is the folder's. */
    env: (more = {}) => ({
      PATH: '/usr/bin:/bin',
      HOME: folder,
      CRONITOR_NODE: NODE,
      CRONITOR_API_KEY: KEY,
      CRONITOR_SPOOL_DIR: join(folder, 'spool'),
      CRONITOR_DATA_DIR: join(folder, 'data'),
      ...more,
    }),
    /** @param {import('node:child_process').StdioOptions} stdio */
    start(argv, env, stdio = ['ignore', 'pipe', 'pipe']) {
      const child = spawn(argv[0], argv.slice(1), { cwd: folder, env, stdio })
      running.add(child)
      const output = { stdout: '', stderr: '' }
      for (const name of ['stdout', 'stderr']) {
        child[name]?.setEncoding('utf8').on('data', text => {
          output[name] += text
        })
      }
      const ended = new Promise((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (status, signal) => {
          running.delete(child)
          resolve({ status, signal, ...output })
        })
      })
      return { child, output, ended }
    },
    atEnd: action => void closing.push(action),
  }
  try {
    return await body(stage)
  } finally {
    for (const action of closing.reverse()) await action()
    const courier = courierOf(stage)
    if (courier !== undefined) process.kill(courier, 'SIGKILL')
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

/**
 * The API is elsewhere in life, and has its processor to itself; here it is to come before the programs that are measured.
 * Only root may say so; without it answers come late under load. What a process starts from then on inherits it.
 */
export function prefer(pid, isPreferred = true) {
  try {
    setPriority(pid, isPreferred ? -15 : 0)
  } catch {
    // Not root.
  }
}

/** How many events wait in the spool. */
export function queueLength({ folder }) {
  try {
    return readdirSync(join(folder, 'spool', 'queue')).filter(name => name.endsWith('.json')).length
  } catch {
    return 0
  }
}

/** The process that has the lock of delivery, where it is a courier that lives. */
export function courierOf({ folder }) {
  try {
    const locks = join(folder, 'spool', 'locks')
    const lock = readdirSync(locks).find(name => /^deliver-[0-9a-f]{12}$/.test(name))
    if (lock === undefined) return undefined
    const [role, pid] = readlinkSync(join(locks, lock)).split(' ')
    if (role !== 'courier') return undefined
    process.kill(Number(pid), 0)
    return Number(pid)
  } catch {
    return undefined
  }
}

/**
 * `cronitor serve` behind a counting proxy. `requests` are in the order of their arrival: `{ at, monitor, series, state,
 * status }`, in milliseconds since 1970. Both sides of the proxy are 127.0.0.1, so that the limit of an address stays one.
 */
export async function startApi(stage) {
  const serving = stage.start(
    [CRONITOR, 'serve', '--port', '0', '--json'],
    stage.env({ CRONITOR_NO_SPOOL: '1' }),
  )
  await until('cronitor serve listens', 30_000, () => serving.output.stdout.includes('\n'))
  prefer(serving.child.pid)
  const { listening } = JSON.parse(serving.output.stdout.split('\n', 1)[0])
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const requests = []
  const proxy = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '', listening)
    /** @type {{ at: number, monitor: string, series: string | null, state: string | null, status?: number }} */
    const noted = {
      at: Date.now(),
      monitor: decodeURIComponent(url.pathname.split('/').at(-1) ?? ''),
      series: url.searchParams.get('series'),
      state: url.searchParams.get('state'),
    }
    requests.push(noted)
    const onward = request(url, { method: incoming.method, agent }, answer => {
      noted.status = answer.statusCode
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => incoming.destroy())
    onward.end()
  })
  await new Promise(resolve => proxy.listen(0, '127.0.0.1', () => resolve(undefined)))
  stage.atEnd(async () => {
    const closed = new Promise(resolve => proxy.close(resolve))
    proxy.closeAllConnections()
    await closed
    agent.destroy()
    serving.child.kill('SIGTERM')
    await serving.ended
  })
  return {
    url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (proxy.address()).port}`,
    requests,
    /** What the server itself says that it has recorded, in its order. */
    recorded: () =>
      serving.output.stdout
        .split('\n')
        .slice(1, -1)
        .map(line => JSON.parse(line)),
  }
}

/**
 * What the record of the server shows: distinct events of a series and state, how many came twice or more often, and
 * in how many series the order is not that of `states`.
 */
export function judge(recorded, states = ['run', 'complete']) {
  const times = new Map()
  const last = new Map()
  const outOfOrder = new Set()
  for (const { monitor, series, state } of recorded) {
    const name = `${monitor} ${series}`
    times.set(`${name} ${state}`, (times.get(`${name} ${state}`) ?? 0) + 1)
    const rank = states.indexOf(state)
    if (rank < (last.get(name) ?? 0)) outOfOrder.add(name)
    last.set(name, Math.max(rank, last.get(name) ?? 0))
    if (rank > 0 && !times.has(`${name} ${states[rank - 1]}`)) outOfOrder.add(name)
  }
  const counts = [...times.values()]
  return {
    distinct: times.size,
    twice: counts.filter(count => count === 2).length,
    oftener: counts.filter(count => count > 2).length,
    outOfOrder: outOfOrder.size,
  }
}

/** How many answers there were of a status. */
export function answers(requests, status) {
  return requests.filter(one => one.status === status).length
}

export const seconds = ms => `${(ms / 1000).toFixed(1)} s`

export function quantile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)]
}
