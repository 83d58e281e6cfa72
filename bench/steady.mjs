// Sends events to a server. Run as a program by bench/reads.mjs, so that neither the reader nor the server delays it:
//   steady.mjs fill URL MONITORS RUNS       RUNS runs of each monitor, as fast as they are answered
//   steady.mjs rate URL MONITORS RATE       RATE events a second, until standard input ends
//   steady.mjs burst URL MONITORS EVENTS    EVENTS events of as many monitors as possible, as fast as they are answered
// `rate` prints a JSON array of [due, took] for all events, in milliseconds. `due` is the time since 1970 at which the
// event should have been sent: if the server stalls, the events that queue up behind the stall count with their whole wait.
import { randomUUID } from 'node:crypto'
import { Agent, get } from 'node:http'
import { Agent as TlsAgent, get as tlsGet } from 'node:https'

const [mode = '', base = '', ...numbers] = process.argv.slice(2)
const [monitors = 1, amount = 1] = numbers.map(Number)
const isTls = base.startsWith('https:')
const options = {
  keepAlive: true,
  maxSockets: mode === 'rate' ? 64 : 128,
  scheduling: /** @type {const} */ ('lifo'),
}
const agent = isTls ? new TlsAgent({ ...options, rejectUnauthorized: false }) : new Agent(options)

const monitorKey = number => `team-${number % 20}/job-${String(number).padStart(6, '0')}`

function send(monitor, series, state) {
  const end = state === 'run' ? '' : '&status_code=0&metric=duration:1.250&message=copied%2042%20files'
  const path = `/p/key-of-the-bench/${encodeURIComponent(monitorKey(monitor))}?state=${state}&series=${series}&host=db-1.example.net&env=production${end}`
  return new Promise((/** @type {(result?: any) => void} */ resolve, reject) => {
    const request = (isTls ? tlsGet : get)(`${base}${path}`, { agent }, answer => {
      answer.resume()
      if (answer.statusCode !== 200) reject(new Error(`an event was answered ${answer.statusCode}`))
      answer.on('end', resolve)
    })
    request.on('error', error => {
      // The server closed the idle connection at the moment at which it was used again.
      if (request.reusedSocket && 'code' in error && error.code === 'ECONNRESET')
        resolve(send(monitor, series, state))
      else reject(error)
    })
  })
}

/** `next` returns the next job, or undefined if there is none. */
async function inParallel(workers, next) {
  const work = async () => {
    for (let job = next(); job !== undefined; job = next()) await job()
  }
  await Promise.all(Array.from({ length: workers }, work))
}

async function fill() {
  let run = 0
  await inParallel(128, () => {
    if (run === monitors * amount) return undefined
    const monitor = run % monitors
    run += 1
    return async () => {
      const series = randomUUID()
      await send(monitor, series, 'run')
      await send(monitor, series, 'complete')
    }
  })
}

async function burst() {
  let event = 0
  await inParallel(128, () => {
    if (event === amount) return undefined
    event += 1
    const monitor = (event * 7919) % monitors
    return () => send(monitor, randomUUID(), event % 2 === 0 ? 'run' : 'complete')
  })
}

async function steady() {
  const start = Date.now()
  const clock = performance.now()
  const took = []
  const underWay = new Set()
  let isOver = false
  let sent = 0
  process.stdin.resume().on('end', () => {
    isOver = true
  })
  while (!isOver) {
    const elapsed = performance.now() - clock
    for (; (sent * 1000) / amount < elapsed; sent += 1) {
      const due = (sent * 1000) / amount
      const sending = send(
        Math.floor(Math.random() * monitors),
        randomUUID(),
        sent % 2 === 0 ? 'run' : 'complete',
      )
        .then(() => void took.push([start + due, performance.now() - clock - due]))
        .finally(() => underWay.delete(sending))
      underWay.add(sending)
    }
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  await Promise.all(underWay)
  process.stdout.write(JSON.stringify(took.map(pair => pair.map(Math.round))))
}

const modes = { fill, burst, rate: steady }
await modes[mode]()
agent.destroy()
