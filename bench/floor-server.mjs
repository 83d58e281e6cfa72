// What bench/serve.mjs compares with: a server of node:http that answers each event with 200 and stores nothing. Prints its
// port, and ends when its standard input ends.
import { createServer } from 'node:http'

const BODY = '{"ok":true}\n'
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(Buffer.byteLength(BODY)),
}
const server = createServer((_request, response) => {
  response.writeHead(200, HEADERS).end(BODY)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  process.stdout.write(`${port}\n`)
})
process.stdin.resume().on('end', () => process.exit())
