// A temporary folder, and programs that run in it. Whatever was started is ended, by its process number.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const inProject = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
export const CRONITOR = inProject('bin/cronitor')
export const CRONITOR_EXEC = inProject('bin/cronitor-exec')
export const NODE = process.env.CRONITOR_NODE ?? process.execPath
export const KEY = 'bench-key-of-nobody'

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves once `condition` holds; rejects after `limitMs`. */
export async function until(what, limitMs, condition) {
  const end = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs / 1000} s: ${what}`)
    await sleep(50)
  }
}

/** Runs `body` with a folder of its own and a way to start programs, and clears up whatever comes. */
export async function inWorkspace(body) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const running = new Set()
  const closing = []
  const workspace = {
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
    return await body(workspace)
  } finally {
    for (const action of closing.reverse()) await action()
    const courier = courierOf(workspace)
    if (courier !== undefined) process.kill(courier, 'SIGKILL')
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
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

export const seconds = ms => `${(ms / 1000).toFixed(1)} s`
