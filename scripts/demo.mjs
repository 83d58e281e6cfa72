// A demonstration of the wrapper: three jobs run and report to a Telemetry API on this host.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { Chalk } from 'chalk'

const JOBS = [
  { monitor: 'nightly-backup', line: 'echo "3 files to copy"; sleep 0.3; echo "3 files copied"' },
  { monitor: 'import', line: 'echo "reading orders"; echo "line 7: no such column" >&2; exit 3' },
  { monitor: 'report', line: 'echo "page 1 of 9"; kill -KILL $$' },
]
const EVENTS = JOBS.flatMap(({ monitor }, index) => [
  `${monitor} run`,
  `${monitor} ${index === 0 ? 'complete' : 'fail'}`,
])

/** How long the demo waits for all events, after the last job has ended. */
const PATIENCE_MS = 10_000

/** @param {string} name */
const bin = name => fileURLToPath(new URL(`../bin/${name}`, import.meta.url))
// https://no-color.org: colours are off if NO_COLOR is not empty.
const inColour = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
const chalk = new Chalk({ level: inColour ? 1 : 0 })
/** @type {Record<string, (text: string) => string>} */
const colours = { run: chalk.cyan, complete: chalk.green, fail: chalk.red }
const say = (text = '') => process.stdout.write(`${text}\n`)
// If the reader stops (`npm run demo | head`), the jobs still end, and no files or processes are left.
process.stdout.on('error', () => {})

// Deleted at the end.
const dataDir = mkdtempSync(join(tmpdir(), 'cronitor-demo-'))
const server = spawn(
  process.execPath,
  [bin('cronitor.js'), 'serve', '--port', '0', '--json', '--data-dir', dataDir],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
const ended = once(server, 'exit')
/** @type {any[]} */
const events = []
let arrived = () => {}
/** @type {import('node:child_process').ChildProcess | undefined} */
let job
let isInterrupted = false

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, async () => {
    isInterrupted = true
    // First the wrapper, which ends its job and reports that to the server.
    if (job?.kill(signal)) await once(job, 'exit')
    server.kill()
    await ended
    rmSync(dataDir, { recursive: true, force: true })
    process.kill(process.pid, signal)
  })
}

try {
  process.exitCode = await show()
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  server.kill()
  await ended
  rmSync(dataDir, { recursive: true, force: true })
}

async function show() {
  const url = await listen()
  say(`${chalk.bold('A Telemetry API')} on this host listens on ${url}.`)
  const begun = Date.now()
  for (const job of JOBS) await runJob(job, url)

  const deadline = AbortSignal.timeout(PATIENCE_MS)
  while (events.length < EVENTS.length && !deadline.aborted) {
    await Promise.race([new Promise(resolve => (arrived = () => resolve(undefined))), sleep(100)])
  }
  say(`\n${chalk.bold('What arrived')}, in seconds from the start:\n`)
  for (const event of events) say(timelineOf(event, begun))

  const missing = EVENTS.filter(
    wanted => !events.some(({ monitor, state }) => `${monitor} ${state}` === wanted),
  )
  say()
  if (missing.length === 0 && events.length === EVENTS.length) {
    say(`All ${EVENTS.length} events arrived, and each job ended as it does without the wrapper.`)
    return 0
  }
  say(
    chalk.red(
      `${events.length} of ${EVENTS.length} events arrived; missing: ${missing.join(', ') || 'none'}.`,
    ),
  )
  return 1
}

/** Returns the server's address. Later events are added to `events`. */
function listen() {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', status =>
      reject(new Error(`cronitor serve ended with status ${status}; was npm ci run?`)),
    )
    createInterface({ input: server.stdout }).on('line', line => {
      const said = JSON.parse(line)
      if (said.listening) return resolve(said.listening)
      events.push(said)
      arrived()
    })
  })
}

/**
 * @param {{ monitor: string, line: string }} job
 * @param {string} url
 */
async function runJob({ monitor, line }, url) {
  say(`\n${chalk.dim('$')} cronitor-exec ${monitor} ${chalk.dim(`'${line}'`)}`)
  job = spawn(process.execPath, [bin('cronitor-exec.js'), monitor, line], {
    stdio: 'inherit',
    env: environment(url),
  })
  const [status, signal] = await once(job, 'exit')
  // The handler of the signal ends the process.
  if (isInterrupted) await new Promise(() => {})
  const how = signal ? `killed by ${signal}` : `exit status ${status}`
  say((status === 0 ? chalk.green : chalk.red)(`  ${how}`))
}

/**
 * The environment without the settings for real jobs on this host: keys, proxies, another shell, the spool.
 *
 * @param {string} url
 */
function environment(url) {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(CRONITOR_.*|.*_PROXY|XDG_CONFIG_HOME)$/i.test(name),
  )
  return {
    ...Object.fromEntries(own),
    SHELL: '/bin/sh',
    XDG_CONFIG_HOME: '/dev/null',
    CRONITOR_TELEMETRY_URL: url,
    CRONITOR_API_KEY: 'key-of-the-demo',
    CRONITOR_ANONYMOUS: '0',
    CRONITOR_NO_SPOOL: '1',
    CRONITOR_NO_COURIER: '1',
    CRONITOR_DELIVER_WITHIN: '30s',
  }
}

/**
 * @param {any} event
 * @param {number} begun
 */
function timelineOf({ time, monitor, state, status_code, metrics, message }, begun) {
  const seconds = ((Date.parse(time) - begun) / 1000).toFixed(2).padStart(6)
  const duration = metrics.find((/** @type {{ name: string }} */ { name }) => name === 'duration')
  const parts = [
    chalk.dim(seconds),
    monitor.padEnd(14),
    (colours[state] ?? chalk.reset)(state.padEnd(8)),
    status_code === undefined ? '' : `status ${status_code}`.padEnd(10),
    duration === undefined ? '' : `${duration.value.toFixed(2)}s`,
    message === undefined ? '' : chalk.dim(JSON.stringify(stripVTControlCharacters(message))),
  ]
  return parts.join('  ').trimEnd()
}
