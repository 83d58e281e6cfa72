// The API for measuring: a server for each of the latencies in the arguments, in milliseconds, or `hang` for one that never
// answers. In a process of its own, so that it does not share the loop of what measures. The ports go to stdout as a line
// of JSON; a line on stdin is answered by how many requests each server got so far. It ends with its input.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

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

const servers = process.argv.slice(2).map(latency => {
  const one = { count: 0 }
  one.server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      one.count++
      if (latency === 'hang') return
      const answer = () => response.writeHead(200, HEADERS).end(BODY)
      if (latency === '0') answer()
      else setTimeout(answer, Number(latency))
    })
  })
  return one
})

const say = value => process.stdout.write(`${JSON.stringify(value)}\n`)
await Promise.all(servers.map(({ server }) => new Promise(resolve => server.listen(0, '127.0.0.1', resolve))))
say(servers.map(({ server }) => server.address().port))
for await (const _ of createInterface({ input: process.stdin })) say(servers.map(({ count }) => count))
process.exit()
