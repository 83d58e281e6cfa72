// Sends random and broken requests and mails to three servers: one without API keys, one with, and one with --strict.
// Reports what must never happen: a 5xx answer, a crash, a hang, or unescaped output. Needs a build in dist/, or an executable
// in the folder that TEST_EXECUTABLE names, such as build/linux-x64.
//
//   node scripts/fuzz-serve.mjs [--seconds N | --minutes N] [--seed N] [--only NUMBER]
//
// Prints its seed. --seed with --only repeats the request of a reported problem.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkHttp, checkPrinted, checkSmtp } from './fuzz/checks.mjs'
import { makeConversation } from './fuzz/mails.mjs'
import { randomOf, seedOf } from './fuzz/random.mjs'
import { makeRequest } from './fuzz/requests.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
})
const seconds = values.minutes === undefined ? Number(values.seconds ?? 60) : 60 * Number(values.minutes)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
const CONNECTIONS = 40
/** Longer than the server waits for the rest of a request (src/server/http/sockets.ts), after which it sends an answer. */
const HANG_MS = 40_000
const MOST_PROBLEMS = 20
const KEYS = ['abcdef0123456789', 'fedcba9876543210']

const inProject = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
const executable = process.env.TEST_EXECUTABLE
const [program, ...programArguments] = executable
  ? [inProject(`${executable}/cronitor`)]
  : [process.execPath, inProject('bin/cronitor.js')]

const folder = mkdtempSync(join(tmpdir(), 'fuzz-serve-'))
const problems = []
const say = words => process.stdout.write(`${words}\n`)
const counts = new Map()
say(`seed ${seed}`)

const keyFile = join(folder, 'keys')
writeFileSync(keyFile, KEYS.join('\n'), { mode: 0o600 })
const servers = await Promise.all([
  startServer('open', []),
  startServer('keys', KEYS, '--api-key-file', keyFile),
  startServer('strict', [], '--strict'),
])
const before = performance.now()
let number = values.only === undefined ? 0 : Number(values.only)
const isOver = () =>
  problems.length >= MOST_PROBLEMS ||
  (values.only === undefined && performance.now() - before > seconds * 1000)
await Promise.all(Array.from({ length: values.only === undefined ? CONNECTIONS : 1 }, worker))
for (const server of servers) await server.finish()
rmSync(folder, { recursive: true })

for (const [name, count] of [...counts].sort()) say(`${String(count).padStart(9)} ${name}`)
for (const server of servers)
  say(`${server.name}: ${server.events} events printed, ${server.memory} MB at the end`)
for (const problem of problems) say(problem)
say(
  `${number} connections in ${Math.round((performance.now() - before) / 1000)} s, ${problems.length} problems`,
)
process.exitCode = problems.length > 0 ? 1 : 0

async function worker() {
  while (!isOver()) {
    const mine = number
    number += 1
    await attempt(mine)
    if (values.only !== undefined) return
  }
}

async function attempt(mine) {
  const random = randomOf(seedOf(seed, mine))
  const server = random.one(servers)
  const isMail = random.chance(10)
  const sent = isMail
    ? makeConversation(random, server.keys)
    : makeRequest(random, server.http.host, server.keys)
  const received = await exchange(isMail ? server.smtp : server.http, sent)
  const checked = isMail ? checkSmtp(received.bytes) : checkHttp(sent, received.bytes)
  for (const status of checked.statuses) counts.set(status, (counts.get(status) ?? 0) + 1)
  if (received.hung) checked.problems.push(`no end after ${HANG_MS} ms`)
  for (const problem of checked.problems) report(mine, server, problem, sent)
}

function report(mine, server, problem, sent) {
  if (problems.length >= MOST_PROBLEMS) return
  problems.push(
    `--seed ${seed} --only ${mine} (${server.name}): ${problem}\n    sent ${JSON.stringify(sent.toString('latin1').slice(0, 600))}`,
  )
}

/** Writes everything, half-closes the connection, and reads to the end; reads an event stream for a moment only. */
function exchange(url, sent) {
  return new Promise(resolve => {
    const chunks = []
    const socket = connect(Number(url.port), url.hostname)
    const done = hung => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ bytes: Buffer.concat(chunks), hung })
    }
    const timer = setTimeout(() => done(true), HANG_MS)
    if (url.protocol === 'smtp:') socket.once('data', () => socket.write(sent))
    else socket.end(sent)
    socket.on('data', chunk => {
      chunks.push(chunk)
      if (/\ncontent-type: text\/event-stream/i.test(chunk.toString('latin1')))
        setTimeout(() => done(false), 50)
    })
    socket.on('error', () => done(false))
    socket.on('close', () => done(false))
  })
}

async function startServer(name, keys, ...flags) {
  const child = spawn(
    program,
    [
      ...programArguments,
      ...['serve', '--json', '--no-limits', '--port', '0', '--smtp-port', '0', '--smtp-fail-words', 'x'],
      ...['--data-dir', join(folder, `data-${name}`), ...flags],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, HOME: folder } },
  )
  const server = { name, keys, events: 0, memory: 0 }
  let isEnding = false
  process.on('exit', () => child.kill('SIGKILL'))
  child.on('exit', (status, signal) => {
    if (!isEnding) problems.push(`${name}: the server ended (status ${status}, signal ${signal})`)
    else if (status !== 0 && signal === null) problems.push(`${name}: status ${status} at the end`)
  })
  createInterface({ input: child.stderr }).on('line', line => {
    // What src/server/http/ignored-counter.ts and refusal-log.ts print.
    const isAboutClient = /was recorded, but not all of it|^cronitor: refused /.test(line)
    if (!isAboutClient) problems.push(`${name}: ${line}`)
  })
  /** @type {Promise<void>} */
  const addresses = new Promise(resolve => {
    createInterface({ input: child.stdout }).on('line', line => {
      const problem = checkPrinted(line)
      if (problem !== undefined) problems.push(`${name}: ${problem}: ${JSON.stringify(line.slice(0, 200))}`)
      const { listening, listening_smtp } = problem === undefined ? JSON.parse(line) : {}
      if (listening !== undefined) server.http = new URL(listening)
      else if (listening_smtp !== undefined) server.smtp = new URL(listening_smtp)
      else server.events += 1
      if (server.http !== undefined && server.smtp !== undefined) resolve()
    })
  })
  await Promise.race([addresses, once(child, 'exit')])
  if (server.smtp === undefined) throw new Error(`${name} does not start: ${problems.join('\n')}`)
  server.finish = async () => {
    const answer = await exchange(
      server.http,
      Buffer.from(`GET /p/${keys[0] ?? 'key'}/last?state=ok HTTP/1.1\r\nHost: ${server.http.host}\r\n\r\n`),
    )
    if (!/^HTTP\/1\.1 200 /.test(String(answer.bytes))) problems.push(`${name}: accepts no event at the end`)
    server.memory = await residentMegabytes(child.pid)
    isEnding = true
    child.kill('SIGTERM')
    const late = setTimeout(() => {
      problems.push(`${name}: still running ${HANG_MS} ms after SIGTERM`)
      child.kill('SIGKILL')
    }, HANG_MS)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    clearTimeout(late)
  }
  return server
}

async function residentMegabytes(pid) {
  const ps = spawn('ps', ['-o', 'rss=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of ps.stdout) text += chunk
  return Math.round(Number(text) / 1024)
}
