/** Who is trusted: no variable that is meant for the job switches that off, and the system's authorities count as well. */

import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { httpProxyForTest } from '../../support/http-proxy.ts'
import { startMailReceiver, startWebhookReceiver } from '../../support/notification-receivers.ts'
import { paths, run, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { type Authority, hasOpenssl, makeAuthority, tlsFront } from '../../support/tls.ts'
import { until } from '../../support/until.ts'
import { apiForTest, cronitor, exec, linesOf, reportingTo, statesOf } from '../../support/wrapper.ts'

const FIFO = join(tempDir('fifo'), 'fifo')
execFileSync('mkfifo', [FIFO])

/** A job that lasts until the first try has ended: then the warning does not depend on the time that the try took. */
function patient(script: string): { job: string; env: Record<string, string> } {
  const log = join(tempDir('log'), 'log')
  const job = `until [ -s ${log} ]; do sleep 0.02; done; ${script}`
  return { job, env: { CRONITOR_LOG: log, CRONITOR_DELIVER_WITHIN: '200ms' } }
}

const REFUSED =
  /certificate of 127\.0\.0\.1:\d+ refused: (its authority is unknown|its chain ends|it is self-signed)/

describe.skipIf(!hasOpenssl())('a server whose authority is not built in', () => {
  let authority: Authority
  let other: Authority
  beforeAll(() => {
    authority = makeAuthority()
    other = makeAuthority()
  })

  async function secured() {
    const api = await apiForTest()
    const { port, handshakes } = await tlsFront(authority.issue('IP:127.0.0.1'), api.port)
    return { api, url: `https://127.0.0.1:${port}`, handshakes }
  }

  async function serve(env: Record<string, string>, ...flags: string[]) {
    const argv = [
      paths.bin.cronitor,
      'serve',
      '--port',
      '0',
      '--no-limits',
      '--data-dir',
      tempDir('data'),
      ...flags,
    ]
    const running = start(argv, { env, timeoutMs: 170_000 })
    onTestFinished(async () => {
      running.signalGroup('SIGKILL')
      await running.done.catch(() => {})
    })
    await until('the address is printed', () => String(running.output().stdout).includes('\n'))
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(running.output().stdout))?.[0] ?? ''
    return { url, stderr: () => String(running.output().stderr) }
  }

  describe('is not trusted because NODE_TLS_REJECT_UNAUTHORIZED is 0', () => {
    const OFF = {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      SSL_CERT_FILE: '/no/such/file',
      // A ping ends with it, and has been refused by then.
      CRONITOR_DELIVER_WITHIN: '6s',
    }

    test.each([
      ['exec', (job: string) => [paths.bin.exec, 'nightly', job], '0\n'],
      ['exec without its launcher', (job: string) => [paths.node, paths.bin.execJs, 'nightly', job], '0\n'],
      ['cronitor exec', (job: string) => [paths.bin.cronitor, 'exec', 'nightly', job], '0\n'],
      ['ping', () => [paths.bin.cronitor, 'ping', 'nightly', '--ok'], ''],
      [
        'ping without its launcher',
        () => [paths.node, join(paths.project, 'bin/cronitor.js'), 'ping', 'nightly', '--ok'],
        '',
      ],
    ])('by %s', async (_what, argv, printed) => {
      const { api, url } = await secured()
      const { job, env } = patient('echo "$NODE_TLS_REJECT_UNAUTHORIZED"')
      const isPing = printed === ''
      const result = await run(argv(job), { env: reportingTo({ url }, { ...OFF, ...(!isPing && env) }) })
      expect([result.status, String(result.stdout)]).toEqual([0, printed])
      expect(linesOf(result.stderr)).toEqual([expect.stringMatching(REFUSED)])
      expect(api.events()).toEqual([])
    })

    test('by a courier, nor by a flush', async () => {
      const { api, url, handshakes } = await secured()
      const spool = tempDir('spool')
      const env = reportingTo({ url }, { ...OFF, CRONITOR_SPOOL_DIR: spool })
      await cronitor(['ping', 'nightly', '--ok'], { ...env, CRONITOR_NO_COURIER: undefined })
      await until('the courier is at it', () => readdirSync(join(spool, 'locks')).length > 0)
      const result = await cronitor(['spool', 'flush'], env)
      expect(result.status).toBe(1)
      expect(String(result.stderr)).not.toContain('Warning')
      expect([api.events(), handshakes()]).toEqual([[], 0])
    })

    test('by runs', async () => {
      const { url } = await secured()
      const result = await cronitor(['runs', '--url', url], reportingTo({ url }, OFF))
      expect(result.status).toBe(1)
      expect(linesOf(result.stderr)).toEqual([expect.stringMatching(REFUSED)])
    })

    test('by serve, for what it POSTs and mails', async () => {
      const hook = await startWebhookReceiver()
      const { port } = await tlsFront(authority.issue('IP:127.0.0.1'), hook.port)
      const server = await serve(
        OFF,
        ...['--notify-url', `https://127.0.0.1:${port}/hook`],
        ...['--notify-mail', 'ops@example.org', '--smtp-url', `smtps://127.0.0.1:${port}`],
      )
      await fetch(`${server.url}/p/some-key/nightly?state=fail`)
      await until('both are told', () => server.stderr().match(/refused/g)?.length === 2)
      expect(server.stderr()).toMatch(/--notify-url .*certificate of 127.*refused/)
      expect(server.stderr()).toMatch(/--notify-mail .*certificate of 127.*refused/)
      expect(server.stderr()).not.toContain('Warning')
      expect(hook.requests()).toBe(0)
    })
  })

  describe('is trusted if the system trusts it', () => {
    test.each(['SSL_CERT_FILE', 'SSL_CERT_DIR'])(
      'by exec, as %s says, after one handshake that failed',
      async name => {
        const { api, url, handshakes } = await secured()
        const value = name === 'SSL_CERT_DIR' ? join(authority.caFile, '..') : authority.caFile
        const result = await exec(['nightly', 'true'], reportingTo({ url }, { [name]: value }))
        expect([result.status, String(result.stderr)]).toEqual([0, ''])
        expect(statesOf(api.events())).toEqual(['run', 'complete'])
        expect(handshakes()).toBe(1)
      },
    )

    test('also beside NODE_EXTRA_CA_CERTS', async () => {
      const { api, url } = await secured()
      const env = { SSL_CERT_FILE: authority.caFile, NODE_EXTRA_CA_CERTS: other.caFile }
      const result = await exec(['nightly', 'true'], reportingTo({ url }, env))
      expect([result.status, String(result.stderr)]).toEqual([0, ''])
      expect(statesOf(api.events())).toEqual(['run', 'complete'])
    })

    test.each([
      ['NODE_EXTRA_CA_CERTS and the root from the system', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'],
      ['the system and the root from NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'],
    ])('if the certificate in between comes from %s', async (_what, ofBetween, ofRoot) => {
      const between = authority.makeBelow()
      const api = await apiForTest()
      const { port } = await tlsFront(between.issue('IP:127.0.0.1'), api.port)
      const env = { [ofBetween]: between.caFile, [ofRoot]: authority.caFile }
      const result = await exec(['nightly', 'true'], reportingTo({ url: `https://127.0.0.1:${port}` }, env))
      expect([result.status, String(result.stderr)]).toEqual([0, ''])
      expect(statesOf(api.events())).toEqual(['run', 'complete'])
    })

    test('by ping and by runs', async () => {
      const { api, url } = await secured()
      const env = reportingTo({ url }, { SSL_CERT_FILE: authority.caFile })
      const result = await cronitor(['ping', 'nightly', '--ok'], env)
      expect([result.status, String(result.stderr)]).toEqual([0, ''])
      expect(statesOf(api.events())).toEqual(['ok'])

      const server = await serve({})
      const { port } = await tlsFront(authority.issue('IP:127.0.0.1'), Number(new URL(server.url).port))
      const runs = await cronitor(['runs', '--url', `https://127.0.0.1:${port}`], env)
      expect([runs.status, String(runs.stderr)]).toEqual([0, ''])
    })

    test('by the courier', async () => {
      const { api, url } = await secured()
      const spool = tempDir('spool')
      const env = reportingTo({ url }, { CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '300ms' })
      await cronitor(['ping', 'nightly', '--ok'], { ...env, SSL_CERT_FILE: '/no/such/file' })
      expect(api.events()).toEqual([])
      await cronitor(['ping', 'nightly', '--ok'], {
        ...env,
        SSL_CERT_FILE: authority.caFile,
        CRONITOR_NO_COURIER: undefined,
      })
      await until('both have come', () => api.events().length === 2)
      await until('the courier has left', () => readdirSync(join(spool, 'locks')).length === 0)
    })

    test('by serve, for what it POSTs', async () => {
      const hook = await startWebhookReceiver()
      const { port } = await tlsFront(authority.issue('IP:127.0.0.1'), hook.port)
      const server = await serve(
        { SSL_CERT_FILE: authority.caFile },
        '--notify-url',
        `https://127.0.0.1:${port}/hook`,
      )
      await fetch(`${server.url}/p/some-key/nightly?state=fail`)
      await until('it is told', () => hook.bodies().length === 1)
      expect(server.stderr()).toBe('')
    })

    test('by serve, for what it mails', async () => {
      const mailHost = await startMailReceiver()
      const { port } = await tlsFront(authority.issue('IP:127.0.0.1'), mailHost.port)
      const server = await serve(
        { SSL_CERT_FILE: authority.caFile },
        ...['--notify-mail', 'ops@example.org', '--smtp-url', `smtps://127.0.0.1:${port}`],
      )
      await fetch(`${server.url}/p/some-key/nightly?state=fail`)
      await until('it is told', () => mailHost.mails().length === 1)
      expect(server.stderr()).toBe('')
    })

    test('behind a proxy, also one that is reached by TLS itself', async () => {
      const { api, url } = await secured()
      const proxy = await httpProxyForTest({ toPort: Number(new URL(url).port) })
      const front = await tlsFront(authority.issue('IP:127.0.0.1'), proxy.port)
      for (const by of [proxy.url, `https://127.0.0.1:${front.port}`]) {
        const env = reportingTo({ url }, { HTTPS_PROXY: by, SSL_CERT_FILE: authority.caFile })
        const result = await cronitor(['ping', 'nightly', '--ok'], env)
        expect([result.status, String(result.stderr)]).toEqual([0, ''])
      }
      expect(statesOf(api.events())).toEqual(['ok', 'ok'])
    })
  })

  test.each([
    ['/no/such/file', 'SSL_CERT_FILE /no/such/file: does not exist'],
    ['/', 'SSL_CERT_FILE /: is not a regular file'],
    [FIFO, `SSL_CERT_FILE ${FIFO}: is not a regular file`],
  ])('and that SSL_CERT_FILE=%s does not name gives a warning of one line', async (file, told) => {
    const { url } = await secured()
    const { job, env } = patient('exit 3')
    const result = await exec(['nightly', job], reportingTo({ url }, { SSL_CERT_FILE: file, ...env }))
    expect(result.status).toBe(3)
    expect(linesOf(result.stderr)).toEqual([expect.stringContaining(told)])
  })

  test('nor the system: one line', async () => {
    const { url } = await secured()
    const { job, env } = patient('exit 3')
    const result = await exec(['nightly', job], reportingTo({ url }, { SSL_CERT_FILE: other.caFile, ...env }))
    expect(result.status).toBe(3)
    expect(linesOf(result.stderr)).toEqual([expect.stringMatching(REFUSED)])
  })

  test('a refused certificate of the proxy is reported as the proxy’s', async () => {
    const proxy = await httpProxyForTest({ toPort: 1 })
    for (const names of ['IP:127.0.0.1', 'DNS:elsewhere.test']) {
      const front = await tlsFront(authority.issue(names), proxy.port)
      const { job, env: patience } = patient('true')
      const env = reportingTo(
        { url: 'https://telemetry.invalid' },
        {
          ...patience,
          HTTPS_PROXY: `https://127.0.0.1:${front.port}`,
          ...(names.startsWith('DNS') && { NODE_EXTRA_CA_CERTS: authority.caFile }),
        },
      )
      const result = await exec(['nightly', job], env)
      expect(linesOf(result.stderr)).toEqual([
        expect.stringMatching(/: certificate of proxy 127\.0\.0\.1:\d+ refused: it/),
      ])
    }
    expect(proxy.asked).toEqual([])
  })
})

describe('WebAssembly, of which Node.js 20 and 22 reserve 10 GB of address space, is not needed', () => {
  const withoutWasm = join(tempDir('without-wasm'), 'node')
  const version = String(execFileSync(paths.node, ['--version']))
  // Up to 22 V8 says on stdout that the one takes the other with it; from 24 on Node.js does not know the other.
  const flag = /^v2[0-3]\./.test(version) ? '--no-expose-wasm' : '--jitless'
  writeFileSync(withoutWasm, `#!/bin/sh\nexec '${paths.node}' ${flag} "$@"\n`)
  chmodSync(withoutWasm, 0o755)

  test.skipIf(process.platform !== 'linux')('with little address space', async () => {
    const api = await apiForTest()
    const env = reportingTo(api)
    const result = await run(
      ['sh', '-c', 'ulimit -v 4000000; exec "$@"', 'sh', paths.bin.exec, 'nightly', 'exit 3'],
      { env },
    )
    expect([result.status, String(result.stderr)]).toEqual([3, ''])
    expect(statesOf(api.events())).toEqual(['run', 'fail'])
  })

  test('with a Node.js that has none', async () => {
    const api = await apiForTest()
    const proxy = await httpProxyForTest({ toPort: api.port })
    const env = reportingTo(api, { CRONITOR_NODE: withoutWasm })
    const result = await exec(['nightly', 'exit 3'], env)
    expect([result.status, String(result.stderr)]).toEqual([3, ''])
    const proxied = { ...env, CRONITOR_TELEMETRY_URL: 'http://telemetry.invalid', HTTP_PROXY: proxy.url }
    expect((await exec(['nightly', 'true'], proxied)).status).toBe(0)
    expect((await cronitor(['ping', 'nightly', '--ok'], env)).status).toBe(0)
    expect(statesOf(api.events())).toEqual(['run', 'fail', 'run', 'complete', 'ok'])
    expect(proxy.asked).toEqual(Array(2).fill('GET http://telemetry.invalid'))
  })

  test.skipIf(!hasOpenssl())('also over TLS, and through a tunnel', async () => {
    const authority = makeAuthority()
    const api = await apiForTest()
    const { port } = await tlsFront(authority.issue('IP:127.0.0.1,DNS:telemetry.invalid'), api.port)
    const env = { CRONITOR_NODE: withoutWasm, SSL_CERT_FILE: authority.caFile }
    const straight = await exec(['nightly', 'true'], reportingTo({ url: `https://127.0.0.1:${port}` }, env))
    expect([straight.status, String(straight.stderr)]).toEqual([0, ''])
    const proxy = await httpProxyForTest({ toPort: port })
    const through = reportingTo(
      { url: 'https://telemetry.invalid' },
      { ...env, HTTPS_PROXY: proxy.url.replace('//', '//me@') },
    )
    const tunnelled = await exec(['nightly', 'true'], through)
    expect([tunnelled.status, String(tunnelled.stderr)]).toEqual([0, ''])
    expect(statesOf(api.events())).toEqual(['run', 'complete', 'run', 'complete'])
    expect(new Set(proxy.authorizations)).toEqual(new Set([`Basic ${Buffer.from('me:').toString('base64')}`]))
  })
})
