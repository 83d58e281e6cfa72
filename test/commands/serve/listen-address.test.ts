import { expect, test } from 'vitest'
import { resolveListen } from '../../../src/commands/serve/listen-address.ts'

test.each([
  ['127.0.0.1', '127.0.0.1', '127.0.0.1', true],
  ['0.0.0.0', '0.0.0.0', '0.0.0.0', false],
  ['::1', '::1', '[::1]', true],
  ['[::1]', '::1', '[::1]', true],
  ['0:0:0:0:0:0:0:1', '0:0:0:0:0:0:0:1', '[0:0:0:0:0:0:0:1]', true],
  ['::', '::', '[::]', false],
  ['192.0.2.1', '192.0.2.1', '192.0.2.1', false],
])('%s', async (text, address, host, isLoopback) => {
  expect(await resolveListen(text)).toEqual({ ok: true, address, host, isLoopback })
})

test('a name stays as given in the URL; its address decides whether other hosts can reach it', async () => {
  expect(await resolveListen('localhost')).toMatchObject({ ok: true, host: 'localhost', isLoopback: true })
})

test.each(['', 'no such host', 'no-such-host.invalid'])('%j has no address', async text => {
  expect(await resolveListen(text)).toEqual({
    ok: false,
    problem: expect.stringContaining('cannot find an address for'),
  })
})
