/** `cronitor serve` with API keys, and its listening address. */

import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { serve } from '../../support/serve.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { checked } from '../../support/validating-proxy.ts'
import { cronitor, exec, linesOf, reportingTo } from '../../support/wrapper.ts'

const folder = tempDir('keys')
let count = 0

function keyFile(text: string, mode = 0o600): string {
  count += 1
  const path = join(folder, `keys-${count}`)
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  return path
}

async function refused(...flags: string[]): Promise<string> {
  const { status, stdout, stderr } = await cronitor(['serve', '--port', '0', ...flags])
  expect([status, String(stdout)]).toEqual([1, ''])
  const lines = linesOf(stderr)
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}

test('with --api-key-file its keys are taken, from the wrapper too, and others are not', async () => {
  const file = keyFile(`# of the fleet\r\n\r\n${KEY}\r\n  second-key  \r\n`)
  const server = await serve(['--strict', '--json', '--api-key-file', file])
  expect((await exec(['nightly', 'true'], reportingTo(await checked(server)))).status).toBe(0)
  await server.printed(2)
  expect((await server.send('GET', '/p/second-key/job?state=ok')).status).toBe(200)
  await server.printed(3)

  const wrong = await exec(['nightly', 'true'], reportingTo(server, { CRONITOR_API_KEY: 'a-wrong-key' }))
  expect(wrong.status).toBe(0)
  expect(String(wrong.stderr)).toMatch(/403.*API key/)
  expect((await server.send('GET', '/job?state=ok')).status).toBe(403)
  expect((await server.send('GET', '/p/second-key/last?state=ok')).status).toBe(200)
  expect((await server.printed(4)).map(line => JSON.parse(line).monitor)).toEqual([
    'nightly',
    'nightly',
    'job',
    'last',
  ])
  // One line for the wrapper with the wrong key, and one for the request without a key.
  const [ofWrapper, ofJob, ...others] = linesOf(server.running.output().stderr)
  expect(ofWrapper).toMatch(
    /^cronitor: refused an event of the monitor nightly from 127\.0\.0\.1: .*unknown_key\)$/,
  )
  expect(ofJob).toMatch(/^cronitor: refused an event of the monitor job from 127\.0\.0\.1: .*no_key\)$/)
  expect(others).toEqual([])
  expect(String(server.running.output().stderr)).not.toContain('a-wrong-key')
})

test('with keys the page and what machines read need one, by a header or by the form', async () => {
  const server = await serve(['--api-key-file', keyFile(KEY)])
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await server.send('GET', path, { headers, redirect: 'manual' })).status
  const html = { accept: 'text/html' }
  expect([
    await get('/', html),
    await get('/monitors/job', html),
    await get('/api/monitors'),
    await get('/metrics'),
  ]).toEqual([303, 303, 401, 401])
  expect([await get('/login', html), await get('/healthz')]).toEqual([200, 200])
  const bearer = { authorization: `Bearer ${KEY}` }
  for (const path of ['/', '/api/monitors', '/metrics']) expect(await get(path, bearer)).toBe(200)

  const login = (key: string) =>
    server.send('POST', '/login', { body: new URLSearchParams({ key, next: '/' }), redirect: 'manual' })
  expect((await login('a-wrong-key')).status).toBe(401)
  const accepted = await login(KEY)
  expect(accepted.status).toBe(303)
  const cookie = accepted.headers.get('set-cookie')?.split(';')[0] ?? ''
  for (const path of ['/', '/api/monitors', '/metrics']) expect(await get(path, { cookie })).toBe(200)
  expect(await get('/', { cookie: `${cookie}x`, ...html })).toBe(303)
})

test('with --allow-anonymous events without a key are taken as well', async () => {
  const server = await serve(['--api-key-file', keyFile(KEY), '--allow-anonymous'])
  expect((await server.send('GET', '/job?state=ok')).status).toBe(200)
  expect((await server.send('GET', '/p/wrong/job?state=ok')).status).toBe(403)
})

test('on SIGHUP the keys are read anew, and a broken file changes nothing', async () => {
  const file = keyFile('first-key')
  const server = await serve(['--api-key-file', file])
  const status = async (key: string) => (await server.send('GET', `/p/${key}/job-of-${key}?state=ok`)).status
  const warnings = () =>
    linesOf(server.running.output().stderr).filter(line => !line.startsWith('cronitor: refused an event'))
  expect([await status('first-key'), await status('second-key')]).toEqual([200, 403])

  writeFileSync(file, 'second-key\n')
  server.running.signal('SIGHUP')
  await until('the new key is known', async () => (await status('second-key')) === 200)
  expect(await status('first-key')).toBe(403)

  const broken: readonly (readonly [() => void, RegExp])[] = [
    [() => writeFileSync(file, ''), /has no key/],
    [() => writeFileSync(file, 'sécret'), /in line 1/],
    [() => rmSync(file), /does not exist/],
  ]
  for (const [index, [breakIt, words]] of broken.entries()) {
    breakIt()
    server.running.signal('SIGHUP')
    await until('a warning', () => warnings().length > index)
    expect(warnings()[index]).toMatch(words)
    expect(warnings()[index]).toMatch(/^cronitor: --api-key-file: .*stay in force$/)
  }
  expect(await status('second-key')).toBe(200)
  expect(warnings()).toHaveLength(3)
})

test('with a key that is taken out nobody goes on reading', async () => {
  const file = keyFile('first-key\nsecond-key')
  const server = await serve(['--api-key-file', file])
  const headers = { authorization: 'Bearer second-key' }
  const waiting = fetch(`${server.url}/api/events?wait=60`, { headers })
  const stream = await fetch(`${server.url}/api/stream`, { headers })
  writeFileSync(file, 'first-key\n')
  server.running.signal('SIGHUP')
  await until('the key is taken out', async () => {
    const { status } = await fetch(`${server.url}/api/events`, { headers })
    return status === 401
  })
  expect((await server.send('GET', '/p/first-key/secret-job?state=fail')).status).toBe(200)
  const answer = await waiting
  expect(answer.status).toBe(401)
  expect(await answer.text()).not.toContain('secret-job')
  expect(await stream.text()).not.toContain('secret-job')
})

describe('it does not start, and says why in one line', () => {
  test.each([
    ['', /has no key/],
    ['# none\n', /has no key/],
    ['two words\n', /in line 1/],
  ])('with a key file that has %j', async (text, words) => {
    const file = keyFile(text)
    const line = await refused('--api-key-file', file)
    expect(line).toMatch(words)
    expect(line).toContain(file)
    expect(line).not.toContain('two words')
  })

  test('with a key file that is not there, or a folder', async () => {
    expect(await refused('--api-key-file', join(folder, 'none'))).toContain('does not exist')
    expect(await refused('--api-key-file', folder)).toContain('is not a regular file')
  })

  test('with a key file, or a folder above it, that others can write to', async () => {
    expect(await refused('--api-key-file', keyFile(KEY, 0o622))).toContain('writable by')
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    writeFileSync(join(open, 'keys'), KEY, { mode: 0o600 })
    expect(await refused('--api-key-file', join(open, 'keys'))).toContain('writable by')
  })

  test.each(['0.0.0.0', '::', '192.0.2.1'])('without keys on %s', async address => {
    expect(await refused('--listen', address)).toMatch(/--api-key-file$/)
  })

  test('on an address that is none of this host’s, or a name that has none', async () => {
    const keys = ['--api-key-file', keyFile(KEY)]
    expect(await refused('--listen', '192.0.2.1', ...keys)).toMatch(
      /192\.0\.2\.1:0: this host does not have the address$/,
    )
    expect(await refused('--listen', 'no-such-host.invalid', ...keys)).toMatch(/cannot find an address for/)
  })
})

test('a key file that everybody can read is warned about', async () => {
  const server = await serve(['--api-key-file', keyFile(KEY, 0o644)])
  expect(linesOf(server.running.output().stderr)).toEqual([
    expect.stringMatching(/every user of this host can read/),
  ])
})

const hasIpv6 = await new Promise<boolean>(resolve => {
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen(0, '::1', () => server.close(() => resolve(true)))
})

test.each<[string, RegExp]>([
  ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
  ['localhost', /^http:\/\/localhost:\d+$/],
  ...(hasIpv6 ? ['::1', '[::1]'] : []).map((address): [string, RegExp] => [
    address,
    /^http:\/\/\[::1\]:\d+$/,
  ]),
])('--listen %s needs no keys, and the address that is printed is right', async (address, printed) => {
  const server = await serve(['--listen', address])
  expect(server.url).toMatch(printed)
  expect((await server.send('GET', '/job?state=ok')).status).toBe(200)
  await server.printed(1)
})

test.each(['cross-site', 'same-site'])(
  'what a page of another site sends is not recorded: %s',
  async site => {
    const server = await serve()
    // As an <img> does it.
    const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', accept: 'image/*' }
    expect((await server.send('GET', '/p/any-key/job?state=fail', { headers })).status).toBe(403)
    await server.send('GET', '/marker?state=ok')
    expect((await server.printed(1))[0]).toContain('marker')
  },
)

test('without keys only names of this host are taken in Host, with keys any', async () => {
  const withHost = (port: number, target: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: `${hostname()}.example` }
      request({ host: '127.0.0.1', port, path: target, headers }, response => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
  expect(await withHost((await serve()).port, '/p/any-key/job?state=ok')).toBe(403)
  const keyed = await serve(['--api-key-file', keyFile(KEY)])
  expect(await withHost(keyed.port, `/p/${KEY}/job?state=ok`)).toBe(200)
})

test('“exec” as a word of the command line takes no streams away', async () => {
  const server = await serve(['--data-dir', 'exec'], { cwd: tempDir('exec') })
  expect((await server.send('GET', '/job?state=ok')).status).toBe(200)
  await server.printed(1)
  server.running.signal('SIGTERM')
  expect((await server.running.done).status).toBe(0)
})
