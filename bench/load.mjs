// Sends events over kept connections as fast as they are answered, a fixed number at a time on each. Run as a program of
// its own by bench/serve.mjs: `load.mjs PORT SECONDS CONNECTIONS DEPTH MONITORS PREFIX`; prints what it measured as JSON.
import { connect } from 'node:net'

const [port, seconds, connections, depth, monitors] = process.argv.slice(2, 7).map(Number)
const prefix = process.argv[7]

const END_OF_HEAD = Buffer.from('\r\n\r\n')
let sent = 0
let done = 0
const statuses = new Map()
const latencies = []
let isOver = false

/** By turns the beginning and the end of a run. */
function next() {
  const run = sent >> 1
  const isEnd = (sent & 1) === 1
  sent += 1
  const rest = isEnd
    ? 'state=complete&status_code=0&metric=duration:1.250&message=42+files+copied'
    : 'state=run'
  const target = `/p/key-of-the-bench/job-${run % monitors}?${rest}&series=${prefix}-${run}&host=bench&env=production`
  return `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`
}

function client() {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    const begun = []
    let rest = Buffer.alloc(0)
    const send = count => {
      let text = ''
      for (let each = 0; each < count; each += 1) {
        begun.push(performance.now())
        text += next()
      }
      socket.write(text)
    }
    socket.on('error', reject)
    socket.on('connect', () => send(depth))
    socket.on('data', chunk => {
      let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let answered = 0
      for (;;) {
        const end = bytes.indexOf(END_OF_HEAD)
        if (end < 0) break
        const head = bytes.latin1Slice(0, end)
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (bytes.length < end + 4 + length) break
        bytes = bytes.subarray(end + 4 + length)
        const status = head.slice(9, 12)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        latencies.push(performance.now() - begun.shift())
        answered += 1
      }
      rest = bytes
      done += answered
      if (!isOver && answered > 0) send(answered)
      else if (isOver && begun.length === 0) {
        socket.destroy()
        resolve()
      }
    })
  })
}

const from = performance.now()
setTimeout(() => {
  isOver = true
}, seconds * 1000)
await Promise.all(Array.from({ length: connections }, client))
const elapsed = (performance.now() - from) / 1000
latencies.sort((a, b) => a - b)
const at = part => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))]
process.stdout.write(
  `${JSON.stringify({ perSecond: done / elapsed, p50: at(0.5), p99: at(0.99), statuses: Object.fromEntries(statuses) })}\n`,
)
