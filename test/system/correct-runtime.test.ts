import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { keepNoAddresses, setBacklog } from '../../src/system/correct-runtime.ts'

const isBun = process.versions.bun !== undefined
const why = isBun ? '' : ' (skipped: npm run test:bun runs it)'

test.skipIf(!isBun)(`the runtime looks up the address of a host for each connection${why}`, () => {
  const file = fileURLToPath(new URL('../../src/system/correct-runtime.bun.ts', import.meta.url))
  const script = `
    const { keepNoAddresses } = await import(${JSON.stringify(file)})
    if (process.argv.at(-1) === 'none') keepNoAddresses()
    for (let count = 0; count < 3; count++) await fetch('http://localhost:1/', { keepalive: false }).catch(() => {})
    const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('') })
    for (let count = 0; count < 3; count++) await fetch('http://localhost:' + server.port, { keepalive: false })
    console.log(Bun.dns.getCacheStats().cacheHitsCompleted)
    process.exit()`
  const hits = (argument: string) =>
    Number(execFileSync(process.execPath, ['-e', script, argument], { encoding: 'utf8' }))
  expect(hits('some')).toBeGreaterThan(0)
  expect(hits('none')).toBe(0)
})

test('nothing happens to a server that does not listen, nor to one that does', async () => {
  keepNoAddresses()
  setBacklog(4096)
  const server = createServer((_request, response) => response.end('well'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  setBacklog(4096)
  const { port } = server.address() as AddressInfo
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('well')
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})
