// Sends events over kept connections as fast as they are answered, a fixed number at a time on each. Run as a program of
// its own by bench/serve.mjs: `load.mjs PORTS SECONDS EVENTS CONNECTIONS DEPTH MONITORS`, of the ports, separated by commas, one
// after the other; it is over when either has been reached and all is answered, and prints what it measured as JSON. It shares the processors with what it measures, and so
// does as little as it can: a handful of events of each connection are kept in flat arrays, and answers are counted by
// their length.
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'

const [list = '', ...numbers] = process.argv.slice(2)
const ports = list.split(',').map(Number)
const [seconds, events, connections, depth, monitors] = numbers.map(Number)

const REST = `&host=db-1.example.net&env=production HTTP/1.1\r\nHost: 127.0.0.1:${ports[0]}\r\nUser-Agent: cronitor-exec/0.1.0\r\n\r\n`
const MESSAGE = encodeURIComponent('copied 42 files to /srv/backup/nightly\nremoved 3 old ones\n')
const RUN = `&state=run${REST}`
const COMPLETE = `&state=complete&status_code=0&metric=duration:1.250&message=${MESSAGE}${REST}`

let sent = 0
let isOver = false
const statuses = new Map()
/** How many answers took as many tenths of a millisecond; the last place has all that took longer. */
const took = new Uint32Array(100_000)
const perSecond = []
const buffer = Buffer.allocUnsafe(256 * 1024)

/** A series' run is answered before its end is sent, as the wrapper has it. */
function client(port) {
  return new Promise((/** @type {(result?: any) => void} */ resolve, reject) => {
    // The requests under way, oldest first, as rings.
    const series = new Array(depth)
    const monitor = new Uint32Array(depth)
    const isEnd = new Uint8Array(depth)
    const at = new Float64Array(depth)
    let first = 0
    let waiting = 0
    let text = ''
    const add = (name, number, end) => {
      const place = (first + waiting) % depth
      series[place] = name
      monitor[place] = number
      isEnd[place] = end
      at[place] = performance.now()
      waiting += 1
      sent += 1
      text += `GET /p/key-of-the-bench/job-${number}?series=${name}${end === 1 ? COMPLETE : RUN}`
    }
    const addRun = () => {
      if (!isOver && sent + waiting < events) add(randomUUID(), Math.floor(Math.random() * monitors), 0)
    }
    const onAnswer = now => {
      took[Math.min(took.length - 1, Math.floor((now - at[first]) * 10))] += 1
      const name = series[first]
      const number = monitor[first]
      const wasEnd = isEnd[first] === 1
      first = (first + 1) % depth
      waiting -= 1
      if (wasEnd) addRun()
      else add(name, number, 1)
    }
    const flush = () => {
      if (text !== '') socket.write(text, 'latin1')
      text = ''
      if (waiting > 0) return
      socket.destroy()
      resolve()
    }

    /** All answers of 200 are as long as the first one. */
    let length = 0
    let part = ''
    const callback = size => {
      const now = performance.now()
      const chunk = part + buffer.latin1Slice(0, size)
      let from = 0
      let count = 0
      while (from < chunk.length) {
        if (length === 0) length = lengthOf(chunk)
        if (length === 0 || chunk.length - from < length) break
        if (!chunk.startsWith('HTTP/1.1 200', from)) {
          const [, status = '???'] = /^HTTP\/1\.1 (\d+)/.exec(chunk.slice(from)) ?? []
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
          reject(new Error(`an answer was ${status}: ${chunk.slice(from, from + 500)}`))
          socket.destroy()
          return false
        }
        from += length
        count += 1
        onAnswer(now)
      }
      part = from < chunk.length ? chunk.slice(from) : ''
      if (count === 0) return true
      const second = Math.floor((now - begun) / 1000)
      perSecond[second] = (perSecond[second] ?? 0) + count
      flush()
      return true
    }
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer, callback } })
    socket.on('error', reject)
    socket.on('connect', () => {
      for (let each = 0; each < depth; each += 1) addRun()
      flush()
    })
  })
}

/** Of the first answer, with its head; 0 where it is not there yet. */
function lengthOf(text) {
  const end = text.indexOf('\r\n\r\n')
  return end < 0 ? 0 : end + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
}

const begun = performance.now()
const timer = setTimeout(() => {
  isOver = true
}, seconds * 1000)
await Promise.all(Array.from({ length: connections }, (_, index) => client(ports[index % ports.length])))
clearTimeout(timer)
const elapsed = (performance.now() - begun) / 1000

const quantile = share => {
  let left = sent * share
  const place = took.findIndex(count => {
    left -= count
    return left <= 0
  })
  return place / 10
}
const { user, system } = process.cpuUsage()
process.stdout.write(
  `${JSON.stringify({ count: sent, elapsed, p50: quantile(0.5), p99: quantile(0.99), perSecond: Array.from(perSecond, count => count ?? 0), cpu: (user + system) / sent })}\n`,
)
