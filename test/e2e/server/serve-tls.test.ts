/** `cronitor serve` with a certificate. */

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { isExecutable } from '../../support/run.ts'
import { connectionsTo, type Served, serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { type Authority, type Certificate, hasOpenssl, makeAuthority } from '../../support/tls.ts'
import { until } from '../../support/until.ts'
import { cronitor, exec, linesOf, reportingTo } from '../../support/wrapper.ts'

describe.skipIf(!hasOpenssl())(`TLS${hasOpenssl() ? '' : ' (skipped: there is no openssl)'}`, () => {
  const folder = tempDir('serve-tls')
  const cert = join(folder, 'cert.pem')
  const key = join(folder, 'key.pem')
  const flags = ['--tls-cert', cert, '--tls-key', key]

  function write(certificate: Partial<Certificate>): void {
    if (certificate.cert !== undefined) writeFileSync(cert, certificate.cert)
    if (certificate.key !== undefined) writeFileSync(key, certificate.key, { mode: 0o600 })
  }

  const trusting = (server: Served, { caFile }: Authority) =>
    reportingTo(server, { NODE_EXTRA_CA_CERTS: caFile })

  /** The serial number of the certificate that is shown. */
  const serial = (port: number) =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().serialNumber)
        socket.destroy()
      })
      socket.on('error', reject)
    })

  /** Resolves once another certificate is shown. In the executable nobody listens for a moment: change-certificate.bun.ts. */
  const change = (port: number, before: string) =>
    until('another certificate is shown', async () => {
      const shown = serial(port)
      return (await (isExecutable ? shown.catch(() => before) : shown)) !== before
    })

  test('the wrapper reports by HTTPS, and only to a server that it trusts', async () => {
    const authority = makeAuthority()
    write(authority.issue('IP:127.0.0.1'))
    const server = await serve(flags)
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(await exec(['nightly', 'true'], trusting(server, authority))).toMatchObject({
      status: 0,
      stderr: Buffer.alloc(0),
    })
    await server.printed(2)
    const untrusted = await cronitor(
      ['ping', '--deliver-within', '1s', '--no-spool', 'nightly', '--ok'],
      reportingTo(server),
    )
    expect(untrusted.status).toBe(1)
    server.running.signal('SIGTERM')
    expect((await server.running.done).status).toBe(0)
  })

  test('on SIGHUP certificate and key are read anew, and a pair that does not fit changes nothing', async () => {
    const authority = makeAuthority()
    const [first, second] = [authority.issue('IP:127.0.0.1'), authority.issue('IP:127.0.0.1')]
    write(first)
    const server = await serve(flags)
    const before = await serial(server.port)
    write(second)
    server.running.signal('SIGHUP')
    await change(server.port, before)
    const after = await serial(server.port)

    write({ cert: first.cert })
    server.running.signal('SIGHUP')
    await until('a warning', () => linesOf(server.running.output().stderr).length > 0)
    expect(linesOf(server.running.output().stderr)).toEqual([
      expect.stringMatching(/^cronitor: --tls-key: .* does not belong to .*stays in use$/),
    ])
    expect(await serial(server.port)).toBe(after)
  })

  test('a request that waits during a change of the certificate is answered, and so are later ones on its connection', async () => {
    const authority = makeAuthority()
    write(authority.issue('IP:127.0.0.1'))
    const server = await serve(flags)
    const before = await serial(server.port)
    const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
    let received = ''
    socket.on('data', bytes => (received += bytes)).on('error', () => {})
    const send = (target: string) =>
      socket.write(`GET ${target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${KEY}\r\n\r\n`)
    send('/api/events?wait=60')
    // The second serial number shows that the server has read the request before.
    expect(await serial(server.port)).toBe(before)
    for (let times = 0; times < 2; times += 1) {
      const shown = await serial(server.port)
      write(authority.issue('IP:127.0.0.1'))
      server.running.signal('SIGHUP')
      await change(server.port, shown)
    }
    expect(received).toBe('')
    send(`/p/${KEY}/job?state=ok`)
    expect((await cronitor(['ping', 'other', '--ok'], trusting(server, authority))).status).toBe(0)
    await until('both answers', () => received.includes('"newest"') && received.includes('{"ok":true}'))
    server.running.signal('SIGTERM')
    expect((await server.running.done).status).toBe(0)
  })

  describe('it does not start, and says why in one line', () => {
    const certificate = makeAuthority().issue('IP:127.0.0.1')
    const other = makeAuthority().issue('IP:127.0.0.1')

    test.each<[string, Partial<Certificate>, RegExp]>([
      [
        'a key of another certificate',
        { cert: certificate.cert, key: other.key },
        /--tls-key: .* does not belong to /,
      ],
      [
        'a key for a certificate',
        { cert: certificate.key, key: certificate.key },
        /--tls-cert: .* is not a certificate/,
      ],
      [
        'a certificate for a key',
        { cert: certificate.cert, key: certificate.cert },
        /--tls-key: .* is not a private key/,
      ],
      [
        'an empty file',
        { cert: Buffer.alloc(0), key: certificate.key },
        /--tls-cert: .* is not a certificate/,
      ],
    ])('with %s', async (_what, pair, words) => {
      write(pair)
      const { status, stdout, stderr } = await cronitor(['serve', '--port', '0', ...flags])
      expect([status, String(stdout)]).toEqual([1, ''])
      expect(linesOf(stderr)).toEqual([expect.stringMatching(words)])
    })

    test('with a file that is not there', async () => {
      write(certificate)
      const flags = ['--tls-cert', join(folder, 'none'), '--tls-key', key]
      const { status, stderr } = await cronitor(['serve', '--port', '0', ...flags])
      expect([status, linesOf(stderr)]).toEqual([
        1,
        [expect.stringMatching(/--tls-cert: .* does not exist$/)],
      ])
    })

    test.each([
      ['--tls-cert', cert],
      ['--tls-key', key],
    ])('with %s alone, which is a wrong command line', async (...pair) => {
      const { status, stderr } = await cronitor(['serve', '--port', '0', ...pair])
      expect([status, linesOf(stderr)]).toEqual([
        2,
        [expect.stringContaining('--tls-cert and --tls-key must be given together')],
      ])
    })
  })

  test('a key that everybody can read is warned about', async () => {
    write(makeAuthority().issue('IP:127.0.0.1'))
    chmodSync(key, 0o644)
    const server = await serve(flags)
    expect(linesOf(server.running.output().stderr)).toEqual([expect.stringMatching(/--tls-key: every user/)])
    chmodSync(key, 0o600)
  })

  test('a client that connects and does not speak TLS holds up neither others nor the end', async () => {
    write(makeAuthority().issue('IP:127.0.0.1'))
    const server = await serve(flags)
    const silent = await connectionsTo(server.port, 5)
    silent[0]?.write('GET / HTTP/1.1\r\n\r\n')
    expect(await serial(server.port)).toMatch(/^[0-9A-F]+$/)
    server.running.signal('SIGTERM')
    expect((await server.running.done).status).toBe(0)
  })
})
