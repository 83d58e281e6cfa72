// Starts programs as cron does: an unprivileged user, cron's environment, a home folder of their own.
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { prefer } from './prefer.mjs'
import { FOLDER } from './private-network.mjs'

export const KEY = 'bench-key-of-nobody'

const beside = name => fileURLToPath(new URL(name, import.meta.url))

/** `daemon` exists everywhere. Without root it is the user that runs the bench. */
const USER = process.getuid?.() === 0 ? { uid: 1, gid: 1 } : {}
const AS_USER = ['/usr/bin/setpriv', '--inh-caps=-all', '--ambient-caps=-all']
if (USER.uid !== undefined) AS_USER.push('--reuid=1', '--regid=1', '--clear-groups')

/** Before all other programs of the host. */
const REALTIME = ['/usr/bin/chrt', '--fifo', '10']

/** A folder that belongs to the user. */
export function makeUserFolder(name) {
  const folder = join(FOLDER, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (USER.uid !== undefined) chownSync(folder, USER.uid, USER.gid)
  return folder
}

/** The variables of a crontab: cron's own, and the key. */
export function cronEnv(more = {}) {
  return {
    HOME: join(FOLDER, 'home'),
    LOGNAME: 'daemon',
    PATH: '/usr/bin:/bin',
    SHELL: '/bin/sh',
    CRONITOR_API_KEY: KEY,
    ...more,
  }
}

/**
 * A job that notes when it began, and can go on for some milliseconds: in C, or where nothing compiles it, a shell.
 * `argvFor(FOLDER/)` notes it in a file of its own for each job.
 */
export function makeJob() {
  const stamp = join(makeUserFolder('job'), 'stamp')
  const probe = join(FOLDER, 'probe')
  for (const flags of [['-O2', '-static'], ['-O2']]) {
    const { status } = spawnSync('cc', [...flags, '-o', probe, beside('probe.c')])
    if (status !== 0) continue
    const argvFor = (file, ms = 0) => [probe, file, String(ms)]
    return { stamp, clock: 'monotonic', argvFor, argv: ms => argvFor(stamp, ms) }
  }
  const script = 'case $1 in */) set -- "$1$$" "$2" ;; esac; date +%s%N > "$1"; sleep "$2"'
  const argvFor = (file, ms = 0) => ['/bin/sh', '-c', script, 'probe', file, String(ms / 1000)]
  return { stamp, clock: 'realtime', argvFor, argv: ms => argvFor(stamp, ms) }
}

/** Starts a program as the user. `ended` resolves once it has ended. */
export function startAsUser(argv, env, stdio = /** @type {any} */ ('ignore')) {
  const child = spawn(argv[0], argv.slice(1), { cwd: join(FOLDER, 'home'), env, stdio, ...USER })
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => resolve({ status, signal }))
  })
  return { child, ended }
}

/** A program that answers each line of JSON with another. It ends with its input. */
function converse(argv, env) {
  const child = spawn(argv[0], argv.slice(1), {
    cwd: join(FOLDER, 'home'),
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${argv.join(' ')} has ended`)
    return JSON.parse(value)
  }
  const ask = question => {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    return next()
  }
  return { pid: child.pid, next, ask, end: () => child.stdin.end() }
}

/** `run({ name, argv, env })` measures a program, `startMany` a herd. Both reject if a status is not 0. */
export function startRunner(job, isRealtime) {
  copyFileSync(beside('runner.py'), join(FOLDER, 'runner.py'))
  const argv = [
    ...(isRealtime ? REALTIME : []),
    ...AS_USER,
    '/usr/bin/env',
    'python3',
    join(FOLDER, 'runner.py'),
  ]
  const { ask, end } = converse(argv, cronEnv())
  const run = async ({ name, argv, env, limit = 60, drain = false }) => {
    const found = await ask({ argv, env, limit, drain, stamp: job.stamp, clock: job.clock })
    if (found.status !== 0) throw new Error(`${name}: status ${found.status}: ${found.said}`)
    return found
  }
  const startMany = async ({ name, argv, env, count, stamp }) => {
    const found = await ask({ argv, env, limit: 300, count, stamp, clock: job.clock })
    if (found.failed > 0) throw new Error(`${name}: ${found.failed} failed: ${found.said}`)
    return found
  }
  return { run, startMany, end }
}

/** The API. `move(ms)` sets its distance; `counts()` has the events of each row so far. */
export async function startApi(isRealtime) {
  const { pid, next, ask, end } = converse(
    [...(isRealtime ? REALTIME : []), process.execPath, beside('api.mjs'), FOLDER],
    process.env,
  )
  await next()
  prefer(pid)
  return {
    move: latency => ask({ latency }),
    counts: () => ask('counts'),
    end,
  }
}
