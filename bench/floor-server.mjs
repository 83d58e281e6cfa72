// What bench/serve.mjs compares with: the same framework, answering each event with 200 and keeping nothing. Prints its
// port, and ends with its input.
import fastify from 'fastify'

const app = fastify({ routerOptions: { maxParamLength: 64 * 1024 } })
app.get('/p/:apiKey/:monitorKey', (_request, reply) => {
  reply.header('content-type', 'application/json; charset=utf-8').send('{"ok":true}\n')
})
await app.listen({ port: 0, host: '127.0.0.1' })
process.stdout.write(`${app.server.address().port}\n`)
process.stdin.resume().on('end', () => process.exit())
