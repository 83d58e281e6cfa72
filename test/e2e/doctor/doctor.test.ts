/** `cronitor doctor` against real servers, files and programs. */

import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hangLibrary } from '../../support/hang-library.ts'
import { httpProxyForTest } from '../../support/http-proxy.ts'
import { KEY } from '../../support/key.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { startRawServer } from '../../support/raw-server.ts'
import { isExecutable, paths, type RunOptions, type RunResult, run } from '../../support/run.ts'
import { fillQueue, seriesOf } from '../../support/spool-state.ts'
import { tempDir } from '../../support/temp.ts'
import { hasPty, shown, startInTerminal } from '../../support/terminal.ts'
import { hasOpenssl, makeAuthority, tlsFront } from '../../support/tls.ts'
import { whyNoMount } from '../../support/why-no-mount.ts'
import { apiForTest, cronitor, linesOf, listening, reportingTo } from '../../support/wrapper.ts'

type Environment = NonNullable<RunOptions['env']>

interface Entry {
  readonly check: string
  readonly outcome: string
  readonly message: string
  readonly advice?: string
  readonly facts?: Readonly<Record<string, unknown>>
}

interface Examined {
  readonly result: RunResult
  readonly arrives: boolean
  /** @throws if there is no such check */
  readonly of: (check: string) => Entry
  readonly names: readonly string[]
  /** The checks that have found a problem. */
  readonly problems: readonly string[]
}

function parsed(result: RunResult): Examined {
  const { arrives, checks } = JSON.parse(String(result.stdout)) as { arrives: boolean; checks: Entry[] }
  const of = (check: string) => {
    const entry = checks.find(each => each.check === check)
    if (entry === undefined)
      throw new Error(`no check ${check} in ${checks.map(each => each.check).join(' ')}`)
    return entry
  }
  const problems = checks.filter(({ outcome }) => outcome === 'problem').map(({ check }) => check)
  expect({ status: result.status, arrives }).toEqual({
    status: problems.length > 0 ? 1 : 0,
    arrives: problems.length === 0,
  })
  return { result, arrives, of, names: checks.map(({ check }) => check), problems }
}

async function doctor(env: Environment, args: readonly string[] = []): Promise<Examined> {
  return parsed(await cronitor(['doctor', '--json', ...args], env))
}

test('of several addresses, each is checked, and one that is away is a warning', async () => {
  const api = await apiForTest()
  const closed = `http://127.0.0.1:${CLOSED_PORT}`
  const { result, problems } = await doctor(reportingTo({ url: `${closed},${api.url}` }), [
    '--send',
    'nightly',
  ])
  expect(problems).toEqual([])
  const { checks } = JSON.parse(String(result.stdout)) as { checks: Entry[] }
  const found = (check: string) =>
    checks.filter(each => each.check === check).map(({ outcome, facts }) => ({ outcome, url: facts?.url }))
  expect(found('url')).toEqual([{ outcome: 'ok', url: `${closed},${api.url}` }])
  const [away, reached] = [
    { outcome: 'warning', url: closed },
    { outcome: 'ok', url: api.url },
  ]
  expect(found('connection')).toEqual([away, reached])
  expect(found('send')).toEqual([away, reached])
  expect(api.events('nightly').map(({ state }) => state)).toEqual(['ok'])
})

const CLOSED = { url: `http://127.0.0.1:${CLOSED_PORT}` }

/** Answers each request with these headers. */
async function answering(headers: Readonly<Record<string, string>>): Promise<{ url: string; port: number }> {
  const server = createServer((_, response) => response.writeHead(200, headers).end())
  const url = await listening(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, port: Number(new URL(url).port) }
}

describe('if events arrive', () => {
  test('it exits with 0, and has sent nothing', async () => {
    const api = await apiForTest()
    const { problems, names, of } = await doctor(reportingTo(api))
    expect(problems).toEqual([])
    expect(names).toEqual([
      ...[
        'program',
        'cron-path',
        'installations',
        'settings-files',
        'settings-values',
        'settings',
        'api-key',
      ],
      ...['crontab', 'url', 'proxy', 'dns', 'connection', 'clock', 'spool', 'waiting', 'rejected', 'courier'],
    ])
    expect(of('program').facts).toMatchObject({ wrapper: paths.bin.exec })
    expect(of('program').message).toContain(isExecutable ? 'with the executable' : `(${paths.node})`)
    expect(of('connection').facts).toMatchObject({ status: 404 })
    expect(of('clock').facts).toEqual({ skew_seconds: 0 })
    expect(api.events()).toEqual([])
  })

  test('for people, each check is a line without colours in a pipe', async () => {
    const api = await apiForTest()
    const { stdout, stderr, status } = await cronitor(['doctor'], { ...reportingTo(api), FORCE_COLOR: '1' })
    expect(status).toBe(0)
    const lines = linesOf(stdout)
    expect(lines.slice(0, -1).every(line => /^(ok {5}|warning) {2}[a-z-]+ +\S/.test(line))).toBe(true)
    expect(lines.at(-1)).toMatch(
      /^Events of this user should arrive; --send MONITOR-KEY tries it(; \d+ warnings?)?\.$/,
    )
    expect(String(stderr)).toBe('')
  })

  test.skipIf(!hasPty)('in a terminal, outcomes have colours, unless NO_COLOR is set', async () => {
    const api = await apiForTest()
    const env = { ...reportingTo(api), TERM: 'xterm' }
    const inColours = startInTerminal([paths.bin.cronitor, 'doctor'], { env })
    const plain = startInTerminal([paths.bin.cronitor, 'doctor'], { env: { ...env, NO_COLOR: '1' } })
    await Promise.all([inColours.done, plain.done])
    expect(shown(inColours)).toContain('\x1b[32mok     \x1b[39m  url')
    expect(shown(plain)).not.toContain('\x1b')
  })
})

describe('the key', () => {
  test('is missing: a problem, with what to do', async () => {
    const api = await apiForTest()
    const { problems, of } = await doctor({ ...reportingTo(api), CRONITOR_API_KEY: undefined })
    expect(problems).toEqual(['api-key'])
    expect(of('api-key').advice).toBe('run cronitor configure, with --url for a server of your own')
    expect((await doctor({ CRONITOR_TELEMETRY_URL: api.url }, ['--anonymous'])).problems).toEqual([])
  })

  test('is told by its place and its fingerprint', async () => {
    const api = await apiForTest()
    const { of } = await doctor(reportingTo(api), ['-k', 'another-key-of-the-test'])
    expect(of('api-key').facts).toEqual({
      from: '--api-key',
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
    })
    expect(of('settings').facts?.settings).toMatchObject({
      CRONITOR_API_KEY: { from: '--api-key', instead_of: ['the environment'] },
    })
  })

  test.each([
    [200, 0],
    [401, 1],
    [403, 1],
    [503, 0],
  ])('is tried with --send, and the answer is %i', async (status, exit) => {
    const api = await apiForTest({ respond: () => ({ status }) })
    const { result, of } = await doctor(reportingTo(api), ['--send', 'my job'.replace(' ', '-')])
    expect(result.status).toBe(exit)
    expect(of('send').outcome).toBe(status === 200 ? 'ok' : exit === 1 ? 'problem' : 'warning')
    if (status === 401) expect(of('send').advice).toBe('the API key is wrong')
    expect(api.events().map(({ monitorKey, state, apiKey }) => [monitorKey, state, apiKey])).toEqual([
      ['my-job', 'ok', KEY],
    ])
  })

  test('a wrong monitor key is a wrong command line', async () => {
    const { status, stderr } = await cronitor(['doctor', '--send', 'a b'])
    expect(status).toBe(2)
    expect(String(stderr)).toContain('the monitor key contains white space')
  })
})

describe('the network', () => {
  test('a closed port is a problem, and then --send sends nothing', async () => {
    const { problems, of } = await doctor(reportingTo(CLOSED), ['--send', 'job'])
    expect(problems).toEqual(['connection', 'send'])
    expect(of('connection').message).toBe(`connection refused by 127.0.0.1:${CLOSED_PORT}`)
  })

  test('an address that cannot be used is a problem, and shows no password', async () => {
    const { problems, result } = await doctor({ ...reportingTo({ url: 'ftp://me:secret@host' }) })
    expect(problems).toEqual(['url'])
    expect(String(result.stdout)).not.toContain('secret')
  })

  test('a name that does not exist is a problem', async () => {
    const { problems, of } = await doctor(reportingTo({ url: 'https://telemetry.invalid' }))
    expect(problems).toEqual(['dns', 'connection'])
    expect(of('dns').message).toMatch(/telemetry\.invalid/)
  })

  test('a wrong clock is a warning', async () => {
    const server = await answering({ date: new Date(Date.now() - 3_600_000).toUTCString() })
    const { problems, of } = await doctor(reportingTo(server))
    expect(problems).toEqual([])
    expect(of('clock')).toMatchObject({
      outcome: 'warning',
      message: expect.stringMatching(/ is (59|60) min ahead of |1 h ahead of /),
    })
  })

  test('a proxy is named without its password, and asked', async () => {
    const server = await answering({})
    const proxy = await httpProxyForTest({ toPort: server.port })
    const HTTP_PROXY = proxy.url.replace('//', '//me:secret@')
    const { problems, of, result } = await doctor({
      ...reportingTo({ url: 'http://api.invalid' }),
      HTTP_PROXY,
    })
    expect(problems).toEqual([])
    expect(of('proxy').facts).toEqual({ proxy: proxy.url })
    expect(proxy.asked).toContain('HEAD http://api.invalid')
    expect(String(result.stdout)).not.toContain('secret')
    const refusing = await httpProxyForTest({ toPort: server.port, refuseWith: 407 })
    const refused = await doctor({ ...reportingTo({ url: 'http://api.invalid' }), HTTP_PROXY: refusing.url })
    expect(refused.problems).toEqual(['connection'])
  })
})

describe.skipIf(!hasOpenssl())(`TLS${hasOpenssl() ? '' : ': no openssl'}`, () => {
  test('shows which authorities verified the certificate, and when it ends', async () => {
    const api = await apiForTest()
    const authority = makeAuthority()
    const { port } = await tlsFront(authority.issue('IP:127.0.0.1'), api.port)
    const env = reportingTo({ url: `https://127.0.0.1:${port}` })

    const unknown = await doctor(env)
    expect(unknown.problems).toEqual(['certificate'])
    expect(unknown.of('certificate').message).toMatch(/^certificate of 127\.0\.0\.1:\d+ refused: /)
    expect(unknown.of('certificate').advice).toContain('NODE_EXTRA_CA_CERTS')
    expect(unknown.names).not.toContain('connection')

    const known = await doctor({ ...env, NODE_EXTRA_CA_CERTS: authority.caFile })
    // The certificates of the tests are valid for a day.
    expect(known.of('certificate')).toMatchObject({
      outcome: 'warning',
      message: expect.stringContaining('issued by test authority, and ends on '),
      facts: { store: 'the built-in authorities or those of NODE_EXTRA_CA_CERTS', issuer: 'test authority' },
    })
    const system = await doctor({ ...env, SSL_CERT_FILE: authority.caFile })
    expect(system.of('certificate').facts).toMatchObject({
      store: expect.stringContaining('SSL_CERT_FILE'),
      issuer: 'test authority',
    })

    const proxy = await httpProxyForTest({ toPort: port })
    const through = await doctor({ ...env, NODE_EXTRA_CA_CERTS: authority.caFile, HTTPS_PROXY: proxy.url })
    expect(through.problems).toEqual([])
    expect(through.of('certificate').facts).toMatchObject({ issuer: 'test authority' })
  })
})

describe('settings', () => {
  const withFile = (content: string, mode = 0o600) => {
    const home = tempDir('home')
    const path = join(home, 'cronitor/settings.json')
    mkdirSync(join(path, '..'), { mode: 0o700 })
    writeFileSync(path, content)
    chmodSync(path, mode)
    return { path, env: { CRONITOR_CONFIG: path } }
  }

  test('a file that others can write to is refused, and --fix corrects it', async () => {
    const api = await apiForTest()
    const { path, env } = withFile(
      JSON.stringify({ CRONITOR_API_KEY: KEY, CRONITOR_TELEMETRY_URL: api.url }),
      0o666,
    )
    const refused = await doctor(env)
    expect(refused.problems).toEqual(['api-key', 'url'])
    expect(refused.of('settings-files')).toMatchObject({
      outcome: 'warning',
      message: expect.stringContaining(`${path} is writable by everyone`),
      advice: expect.stringContaining('--fix'),
    })
    const fixed = await doctor(env, ['--fix'])
    expect(fixed.problems).toEqual([])
    expect(String(fixed.result.stderr)).toBe(`cronitor: ${path}: mode 666 is now 600\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('says which value is used, and which are wrong', async () => {
    const api = await apiForTest()
    const { path, env } = withFile(JSON.stringify({ CRONITOR_ENV: 'file', CRONITOR_SPOOL_MAX_SIZE: 'big' }))
    const { of } = await doctor({ ...reportingTo(api), ...env, CRONITOR_ENV: 'variable' }, ['--env', 'flag'])
    expect(of('settings').facts?.settings).toMatchObject({
      CRONITOR_ENV: { from: '--env', value: 'flag', instead_of: ['the environment', path] },
    })
    expect(of('settings-values')).toMatchObject({
      outcome: 'warning',
      message: `CRONITOR_SPOOL_MAX_SIZE in ${path}: expected a size such as 500, 64k or 10m; using 64m`,
    })
  })

  test('a file that is not JSON stays as it is with --fix', async () => {
    const { path, env } = withFile('{"CRONITOR_ENV": ')
    const { of, result } = await doctor(env, ['--fix'])
    expect(of('settings-files').message).toContain('is not valid JSON')
    expect(String(result.stderr)).toContain(`cronitor: no key was given; ${path} was not changed\n`)
  })
})

describe('programs called cronitor', () => {
  const withPrograms = (programs: Readonly<Record<string, string>>) => {
    const folder = tempDir('bin')
    for (const [name, content] of Object.entries(programs))
      writeFileSync(join(folder, name), content, { mode: 0o755 })
    return { folder, PATH: `${folder}:/usr/local/bin:/usr/bin:/bin` }
  }

  test('the official client is recognised, and is not run', async () => {
    const api = await apiForTest()
    const go = `\x7fELF${'\0'.repeat(2_000_000)}mod\tgithub.com/cronitorio/cronitor-cli\t(devel)`
    const { folder, PATH } = withPrograms({ cronitor: go })
    const { of, problems } = await doctor({ ...reportingTo(api), PATH })
    expect(problems).toEqual([])
    expect(of('installations')).toMatchObject({
      outcome: 'warning',
      message: expect.stringContaining(`${folder}/cronitor (the official client)`),
      advice: expect.stringContaining(paths.bin.cronitor),
    })
  })

  test('neither is another program', async () => {
    const api = await apiForTest()
    const { folder, PATH } = withPrograms({ cronitor: '#!/bin/sh\n: > "$(dirname "$0")/was-run"\n' })
    const { of } = await doctor({ ...reportingTo(api), PATH })
    expect(of('installations').message).toContain(`${folder}/cronitor (another program)`)
    expect(existsSync(join(folder, 'was-run'))).toBe(false)
  })

  test('a job of the crontab that has no key is told', async () => {
    const api = await apiForTest()
    const me = userInfo().username
    const tab = `CRONITOR_API_KEY_FILE=/nowhere/key\n0 2 * * * exec ${paths.bin.exec} nightly 'true'\n`
    const { PATH } = withPrograms({
      crontab: '#!/bin/sh\n[ "$1" = -l ] && cat "${0%/*}/tab"\n',
      tab,
    })
    const { of } = await doctor({ ...reportingTo(api), PATH })
    expect(of('crontab')).toMatchObject({
      outcome: 'warning',
      message: expect.stringContaining(`${me} has no API key in cron's environment`),
    })
  })
})

describe('the spool', () => {
  test('events of this key and of another one are counted, and so are refused ones', async () => {
    const api = await apiForTest()
    const spool = join(tempDir('spool'), 'spool')
    mkdirSync(spool, { mode: 0o700 })
    fillQueue(spool, seriesOf('job', '1'), KEY)
    fillQueue(spool, seriesOf('job', '2').slice(0, 1), 'another-key-of-the-test')
    const { of, problems } = await doctor({ ...reportingTo(api), CRONITOR_SPOOL_DIR: spool })
    expect(problems).toEqual([])
    expect(of('waiting').facts).toMatchObject({ events: 2, is_complete: true })
    expect(Object.values(of('waiting').facts?.other_keys ?? {})).toEqual([1])
    expect(of('courier')).toMatchObject({
      outcome: 'warning',
      message: expect.stringContaining('--no-courier'),
    })
  })

  test('that cannot be written to is a problem only if events do not arrive', async () => {
    const api = await apiForTest()
    const spool = join(tempDir('spool'), 'spool')
    mkdirSync(spool, { mode: 0o700 })
    writeFileSync(join(spool, 'queue'), '')
    const CRONITOR_SPOOL_DIR = spool
    expect((await doctor({ ...reportingTo(api), CRONITOR_SPOOL_DIR })).of('spool')).toMatchObject({
      outcome: 'warning',
      message: expect.stringContaining(`${spool} cannot be written to`),
    })
    expect((await doctor({ ...reportingTo(CLOSED), CRONITOR_SPOOL_DIR })).problems).toEqual([
      'connection',
      'spool',
    ])
  })
})

const library = isExecutable ? undefined : hangLibrary()

test('nothing that does not answer holds it up', async () => {
  const hung = await startRawServer('hang')
  onTestFinished(() => hung.close())
  const api = await apiForTest()
  const spool = tempDir('hung')
  const waits = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, HANG_DIR: spool, LD_PRELOAD: library }
  const byNode = [paths.node, join(paths.project, 'bin/cronitor.js'), 'doctor', '--json']
  const [server, proxy, disk] = await Promise.all([
    doctor(reportingTo(hung), ['--send', 'job']),
    doctor({ ...reportingTo({ url: 'https://api.invalid' }), HTTPS_PROXY: hung.url }),
    // The launcher leaves LD_PRELOAD out.
    library === undefined ? undefined : run(byNode, { env: waits }),
  ])
  expect(server.of('connection').message).toMatch(/^no answer from .* within 4 s$/)
  expect(proxy.of('connection').message).toMatch(/^no (answer from|connection to) (proxy )?.* within 4 s$/)
  if (disk === undefined) return
  expect(String(disk.stdout)).toContain(`${spool}: the file system does not answer`)
  expect(String(disk.stdout)).toContain('{"arrives":true,')
})

const noMount = whyNoMount()

test.skipIf(noMount !== undefined)(
  `a full disk is a warning while events arrive${noMount ? ` (skipped: ${noMount})` : ''}`,
  async () => {
    const api = await apiForTest()
    const spool = tempDir('full')
    const script = `
      mount -t tmpfs -o size=32k,mode=700 tmpfs "$0" && mkdir -m 700 "$0/queue" || exit 99
      dd if=/dev/zero of="$0/queue/ballast" bs=4k status=none 2>/dev/null
      exec "$@"`
    const argv = ['unshare', '--mount', 'sh', '-c', script, spool, paths.bin.cronitor, 'doctor', '--json']
    const { of, problems } = parsed(
      await run(argv, { env: { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool } }),
    )
    expect(problems).toEqual([])
    expect(of('spool')).toMatchObject({
      outcome: 'warning',
      message: `events that do not arrive are lost: ${spool} cannot be written to: the disk is full`,
    })
  },
)
