// The API for measuring, as a process of its own: its processor time is not the client's. HTTPS with TLS 1.3 on port 443,
// HTTP on port 80, kept connections, and the headers of an API behind a CDN.
//
// Each line on stdin is a JSON value: `{"latency": MS}` moves the API that far away. The
// answer is a line with the requests so far, by row. It ends with its input.
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { Duplex } from 'node:stream'

// As many headers as an API behind a CDN sends: what a client's parser costs depends on them. Node.js adds date,
// connection and keep-alive.
const BODY = '{"id":"none"}'
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(BODY.length),
  'cache-control': 'no-store, private',
  vary: 'accept-encoding, origin',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'x-request-id': '0f8c2d9e-6a17-4c35-9b1e-7d20a5c4e811',
  'x-runtime': '0.004211',
  server: 'edge',
  'x-cache': 'dynamic',
  'x-edge-ray': '8f2c71d0ae3b9d5c-EDG',
  'alt-svc': 'h3=":443"; ma=86400',
}

/** How each client says that the job begins: ours and the official one, runitor, sentry-cli. */
const IS_START = /[?&]state=run(&|$)|\/start(\?|$)|"status":"in_progress"/

let latency = 0
/** By row: how many starts and ends came, and when the last one was answered, in milliseconds since 1970. */
const rows = {}

/** sentry-cli sends an envelope, the others say all in the address. */
function answer(request, response) {
  let text = request.url
  request.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  request.on('end', () => {
    const row = /\brow\d+(-\d+)?\b/.exec(text)?.[0] ?? 'unknown'
    rows[row] ??= { starts: 0, ends: 0, last: 0 }
    rows[row][IS_START.test(text) ? 'starts' : 'ends']++
    rows[row].last = Date.now()
    response.writeHead(200, HEADERS).end(BODY)
  })
}

/**
 * The connection as it looks from `latency` away: each byte takes half of it in either direction. The first bytes take one
 * round trip more, which is the handshake of TCP: loopback itself has no delay.
 */
function seenFromAfar(socket) {
  const way = latency / 2
  const openAt = performance.now() + latency
  const later = action => setTimeout(action, way + Math.max(0, openAt - performance.now()))
  const far = new Duplex({
    read: () => {},
    write: (chunk, _, done) => {
      setTimeout(() => socket.write(chunk), way)
      done()
    },
    final: done => {
      setTimeout(() => socket.end(), way)
      done()
    },
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', chunk => later(() => far.push(chunk)))
  socket.on('end', () => later(() => far.push(null)))
  socket.on('close', () => later(() => far.destroy()))
  for (const end of [socket, far]) end.on('error', () => {})
  return far
}

const [folder] = process.argv.slice(2)
const inFolder = name => readFileSync(`${folder}/${name}`)
const https = createHttpsServer(
  { key: inFolder('key.pem'), cert: inFolder('chain.pem'), minVersion: 'TLSv1.3' },
  answer,
)
const http = createHttpServer(answer)
const listen = (server, port, host) =>
  new Promise(resolve => server.listen({ port, host, backlog: 1024 }, resolve))
const inFront = behind =>
  createServer({ noDelay: true }, socket =>
    behind.emit('connection', latency === 0 ? socket : seenFromAfar(socket)),
  )
await listen(inFront(https), 443, '127.0.0.1')
await listen(inFront(http), 80, '127.0.0.1')
await listen(
  createServer(socket => socket.on('error', () => {})),
  443,
  '127.0.0.2',
)

const say = value => process.stdout.write(`${JSON.stringify(value)}\n`)
say('listening')
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line)
  if (asked.latency !== undefined) latency = asked.latency
  say(rows)
}
process.exit()
