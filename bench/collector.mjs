// The API for measuring: a server for each of the latencies in the arguments, in milliseconds, or `hang` for one that never
// answers. In a process of its own, so that it does not share the loop of what measures. The ports go to stdout as a line
// of JSON; a line on stdin is answered by how many requests each server got so far. It ends with its input.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const servers = process.argv.slice(2).map(latency => {
  const one = { count: 0 }
  one.server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      one.count++
      if (latency === 'hang') return
      const answer = () => response.end('{"id":"none"}')
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
