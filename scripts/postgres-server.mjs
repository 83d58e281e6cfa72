// Starts PostgreSQL servers of its own, for tests and measurements: Debian's programs in a temporary folder, on 127.0.0.1,
// without a Unix socket. Each ends when the process that started it ends, however that ends.
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** PostgreSQL refuses to run as root. By convention this is nobody's user, and no other's. */
const NOBODY = 65_534
const isRoot = process.geteuid?.() === 0
const AS_USER = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'] : []

/** Debian's folder for versions beside each other. */
const VERSIONS = '/usr/lib/postgresql'

/** Systems give out ports from 32,768 up: none of these, while the server is down. See test/support/own-port.ts. */
const FIRST_PORT = 20_000
const PORTS = 12_000

const START_MS = 60_000

/**
 * Ends the server by the signal that it reads from stdin. If stdin ends, which it also does when the parent was killed, it is
 * SIGQUIT, PostgreSQL's immediate shutdown; then the folder `$1` is removed too, unless it is empty.
 */
const GUARD = `folder=$1
shift
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
{ if read -r signal <&3; then kill "-$signal" "$server"; else kill -QUIT "$server"; exit 9; fi; } 2>/dev/null &
reader=$!
wait "$server"
kill "$reader" 2>/dev/null
wait "$reader" 2>/dev/null
[ $? -ne 9 ] || [ -z "$folder" ] || rm -rf "$folder"`

/** The folder of PostgreSQL's programs: TEST_POSTGRES, else Debian's newest version, else that of `postgres` on PATH. */
export function findPostgres() {
  const named = process.env.TEST_POSTGRES
  if (named) return named
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : []
  const folders = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map(version => join(VERSIONS, version, 'bin'))
  return [...folders, ...(process.env.PATH ?? '').split(delimiter)].find(
    folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  )
}

/** Why no server can be started; undefined if one can. */
export function whyNoPostgres() {
  const bin = findPostgres()
  if (bin === undefined) return 'there is no PostgreSQL'
  const { status } = spawnSync('/usr/bin/env', [...AS_USER, join(bin, 'postgres'), '--version'], { cwd: '/' })
  return status === 0 ? undefined : 'PostgreSQL cannot be started as a user who is not root'
}

/** Gives a folder to the user who runs PostgreSQL. @param {string} folder */
export function ownByPostgres(folder) {
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
}

/**
 * Runs one of PostgreSQL's programs to its end.
 *
 * @param {string} program @param {readonly string[]} words @param {{ bin?: string, env?: Record<string, string> }} [options]
 */
export async function runPostgres(program, words, { bin = findPostgres(), env = {} } = {}) {
  const child = spawn('/usr/bin/env', [...AS_USER, join(bin ?? '', program), ...words], {
    cwd: '/',
    env: { ...plain(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', data => (output += data))
  child.stderr.on('data', data => (output += data))
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (status !== 0) throw new Error(`${program} ended with status ${status}: ${output}`)
  return output
}

/**
 * Makes the folder `data`, which must not be there yet. Text is sorted by the rules of a language unless a column has others, as
 * in most installations. Without a password everybody on this machine may connect as `cronitor`.
 *
 * @param {string} data @param {{ bin?: string, passwordFile?: string }} [options]
 */
export async function makeCluster(data, { bin, passwordFile } = {}) {
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US']
  const access = passwordFile ? ['--auth=scram-sha-256', `--pwfile=${passwordFile}`] : ['--auth=trust']
  await runPostgres(
    'initdb',
    [`--pgdata=${data}`, '--username=cronitor', '--no-sync', ...locale, ...access],
    { bin },
  )
}

/**
 * @typedef {object} PostgresServer
 * @property {number} port
 * @property {string} data
 * @property {(database?: string) => string} url with the user `cronitor`
 * @property {() => string} log the last of what the server has said
 * @property {() => Promise<void>} stop disconnects all clients, and ends as it should
 * @property {() => Promise<void>} kill by SIGKILL, all its processes
 * @property {Promise<void>} ended
 */

/**
 * Starts the server of a folder.
 *
 * @param {string} data
 * @param {{ bin?: string, port?: number, settings?: Record<string, string>, removeAtEnd?: string }} [options] without a port one
 *   is chosen. `removeAtEnd` is a folder that is removed when the server was ended by the end of this process
 * @returns {Promise<PostgresServer>}
 */
export async function startPostgres(data, options = {}) {
  if (options.port !== undefined) return startOn(options.port, data, options)
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOn(FIRST_PORT + Math.floor(Math.random() * PORTS), data, options)
    } catch (error) {
      if (tries === 10 || !/could not bind|already in use/i.test(String(error))) throw error
    }
  }
}

/**
 * @param {number} port
 * @param {string} data
 * @param {{ bin?: string, settings?: Record<string, string>, removeAtEnd?: string }} options
 * @returns {Promise<PostgresServer>}
 */
async function startOn(port, data, { bin = findPostgres(), settings = {}, removeAtEnd = '' }) {
  const all = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', ...settings }
  const words = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const argv = [
    ...AS_USER,
    '/bin/sh',
    '-c',
    GUARD,
    'sh',
    removeAtEnd,
    join(bin ?? '', 'postgres'),
    '-D',
    data,
    ...words,
  ]
  // In a session of its own: a signal to the group of the tests must not end the guard alone.
  const guard = spawn('/usr/bin/env', argv, {
    cwd: '/',
    env: plain(),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let log = ''
  const note = (/** @type {Buffer} */ chunk) => {
    log = (log + chunk).slice(-20_000)
  }
  guard.stdout.on('data', note)
  guard.stderr.on('data', note)
  guard.stdin.on('error', () => {})
  let isOver = false
  const ended = new Promise(resolve => guard.once('close', resolve)).then(() => {
    isOver = true
  })
  const end = async (/** @type {string} */ signal) => {
    guard.stdin.end(signal)
    await ended
  }
  const began = performance.now()
  while (!/ready to accept (read-only )?connections/.test(log)) {
    if (isOver || performance.now() - began > START_MS) {
      await end('QUIT\n')
      throw new Error(`PostgreSQL does not start: ${log}`)
    }
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return {
    port,
    data,
    url: (database = 'postgres') => `postgres://cronitor@127.0.0.1:${port}/${database}`,
    log: () => log,
    stop: () => end('INT\n'),
    kill: async () => {
      for (const pid of processesOf(data)) kill(pid)
      await end('KILL\n')
    },
    ended,
  }
}

/** The server's first process, and then its children. @param {string} data @returns {number[]} */
function processesOf(data) {
  try {
    const first = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
    const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ')
    return [first, ...children.filter(Boolean).map(Number)]
  } catch {
    return []
  }
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** Messages are in English, and nothing of the caller's settings reaches PostgreSQL. */
function plain() {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' }
}
