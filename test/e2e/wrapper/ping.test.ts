/** `cronitor ping` and the words of `cronitor` itself, as a shell script meets them. */

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { paths, type RunOptions } from '../../support/run.ts'
import { apiForTest, cronitor, exec, linesOf, namesOf, reportingTo } from '../../support/wrapper.ts'

/** Pings a new API, silently and with status 0, and returns the request that arrived. */
async function pinged(args: readonly string[], env: RunOptions['env'] = {}, options: RunOptions = {}) {
  const api = await apiForTest()
  const result = await cronitor(['ping', ...args], reportingTo(api, env), options)
  expect({ ...result, stdout: String(result.stdout), stderr: String(result.stderr) }).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  })
  expect(api.events()).toHaveLength(1)
  const [event] = api.events()
  if (event === undefined) throw new Error('no event')
  return event
}

/** Refused with status 2 and one line on stderr, and nothing is sent. */
async function refused(args: readonly string[], env: RunOptions['env'] = {}): Promise<string> {
  const api = await apiForTest()
  const { status, stdout, stderr } = await cronitor(args, reportingTo(api, env))
  expect(status).toBe(2)
  expect(String(stdout)).toBe('')
  expect(api.events()).toEqual([])
  const [line, ...others] = linesOf(stderr)
  expect(others).toEqual([])
  expect(line).toMatch(/^cronitor: /)
  return line ?? ''
}

describe('the state', () => {
  const STATES = ['run', 'complete', 'fail', 'ok'] as const

  test.each(STATES)('%s can be given in each of its forms', async state => {
    for (const args of [
      ['nightly', '--state', state],
      [`--state=${state}`, 'nightly'],
      ['nightly', `--${state}`],
      [`--${state}`, '--state', state, 'nightly'],
    ]) {
      const event = await pinged(args)
      expect(event).toMatchObject({ state, monitorKey: 'nightly', method: 'GET', apiKey: KEY })
      expect(Object.fromEntries(event.params)).toEqual({ state, host: hostname() })
    }
  })

  test.each([
    [['--run', '--fail'], /more than one state/],
    [['--state', 'ok', '--complete'], /more than one state/],
    [['--state', 'done'], /--state/],
    [['--state', 'RUN'], /--state/],
    [['--state', ''], /--state/],
    [[], /no state/],
  ])('given as %j is a wrong command line', async (flags, words) => {
    expect(await refused(['ping', 'nightly', ...flags])).toMatch(words)
  })
})

test('all parameters are sent, in the order of the contract', async () => {
  const event = await pinged([
    ...['nightly', '--fail', '--metric', 'count:42', '--metric', 'rows_per-s=1.5', '--duration', '12.3456'],
    ...['--series', 'run 7', '--status-code', '3', '--env', 'prod', '--hostname', 'db1', '--msg', 'it broke'],
  ])
  expect([...event.params]).toEqual([
    ['state', 'fail'],
    ['series', 'run 7'],
    ['host', 'db1'],
    ['env', 'prod'],
    ['status_code', '3'],
    ['metric', 'count:42'],
    ['metric', 'rows_per-s:1.5'],
    ['metric', 'duration:12.346'],
    ['message', 'it broke'],
  ])
})

describe('the method', () => {
  test.each(['GET', 'POST', 'HEAD', 'post'])('%s is used', async method => {
    const event = await pinged(['nightly', '--ok', '--method', method, '--env', 'e'])
    expect(event.method).toBe(method.toUpperCase())
    expect(namesOf(event)).toEqual(method === 'HEAD' ? ['state', 'env'] : ['state', 'host', 'env'])
  })

  test('PUT is a wrong command line', async () => {
    expect(await refused(['ping', 'nightly', '--ok', '--method', 'PUT'])).toMatch(/--method.*GET, POST, HEAD/)
  })

  test('with --anonymous is GET, has no key and only what the API declares', async () => {
    const flags = [
      '--metric',
      'count:1',
      '--status-code',
      '3',
      '--env',
      'e',
      '-n',
      'h',
      '--series',
      's',
      '--msg',
      'm',
    ]
    const event = await pinged(['nightly', '--fail', '--anonymous', '--method', 'POST', ...flags])
    expect(event).toMatchObject({ method: 'GET', apiKey: undefined, path: ['nightly'] })
    expect(namesOf(event)).toEqual(['state', 'series', 'metric', 'message'])
  })

  test('is anonymous with CRONITOR_ANONYMOUS=1 and without a key too', async () => {
    const event = await pinged(['nightly', '--ok'], { CRONITOR_ANONYMOUS: '1', CRONITOR_API_KEY: undefined })
    expect(event.path).toEqual(['nightly'])
  })
})

describe('a metric', () => {
  test.each([
    ['count:0', 'count:0'],
    ['count:-3', 'count:-3'],
    ['error_count=7', 'error_count:7'],
    ['rows:1e3', 'rows:1000'],
    ['tiny:1e-9', 'tiny:0.000000001'],
    ['n:.5', 'n:0.5'],
    [`${'n'.repeat(63)}:1`, `${'n'.repeat(63)}:1`],
    ['duration:1', 'duration:1.000'],
  ])('%s is sent as %s', async (given, sent) => {
    expect((await pinged(['nightly', '--ok', '--metric', given])).params.getAll('metric')).toEqual([sent])
  })

  test('may be given many times, in order', async () => {
    const given = Array.from({ length: 20 }, (_, index) => `m${index}:${index}`)
    const event = await pinged(['nightly', '--ok', ...given.flatMap(metric => ['--metric', metric])])
    expect(event.params.getAll('metric')).toEqual(given)
  })

  test.each([
    'count:NaN',
    'count:Infinity',
    'count:-Infinity',
    'count:1e999',
    'count:',
    'count: 1',
    'count:1x',
    'count:0x10',
    'count:1,5',
    'count',
    ':1',
    'a b:1',
    'zähler:1',
    `${'n'.repeat(64)}:1`,
    'count:1,x',
    'count:a=1,b',
    ',',
  ])('"%s" is a wrong command line', async metric => {
    expect(await refused(['ping', 'nightly', '--ok', '--metric', metric])).toMatch(/metric/)
  })

  test.each(['NaN', 'Infinity', 'ten', '1s'])('duration "%s" is a wrong command line', async seconds => {
    expect(await refused(['ping', 'nightly', '--ok', '--duration', seconds])).toMatch(/--duration/)
  })
})

test('an empty value counts as not given, as of a variable that is not set', async () => {
  const options = [
    '--metric',
    '--duration',
    '--status-code',
    '--msg',
    '--series',
    '--state',
    '--env',
    '--method',
  ]
  const event = await pinged(['nightly', '--ok', ...options.flatMap(option => [option, '', `${option}=`])])
  expect([...event.params.keys()].sort()).toEqual(['host', 'state'])
})

describe('the status code', () => {
  test.each(['0', '255', '-1', '137'])('%s is sent', async code => {
    expect((await pinged(['nightly', '--ok', `--status-code=${code}`])).params.get('status_code')).toBe(code)
  })

  test.each(['1.5', 'x', '1e2'])('"%s" is a wrong command line', async code => {
    expect(await refused(['ping', 'nightly', '--ok', '--status-code', code])).toMatch(/--status-code/)
  })
})

describe('the message', () => {
  test.each(['--message', '--msg'])('is given with %s', async flag => {
    expect((await pinged(['nightly', '--ok', flag, 'two\nlines & more']))?.params.get('message')).toBe(
      'two\nlines & more',
    )
    expect((await pinged(['nightly', '--ok', `${flag}=with=equals`]))?.params.get('message')).toBe(
      'with=equals',
    )
  })

  test('that begins with a dash is one all the same', async () => {
    expect((await pinged(['nightly', '--ok', '--msg', '--fail'])).params.get('message')).toBe('--fail')
  })

  test('that is empty is none', async () => {
    expect((await pinged(['nightly', '--ok', '--msg', ''])).params.has('message')).toBe(false)
  })

  test('is cleaned as output is', async () => {
    const text = '\x1b[31mred\x1b[0m\x07 10 %\r100 %\n\n'
    expect((await pinged(['nightly', '--ok', '--msg', text])).params.get('message')).toBe('100 %')
  })

  test('of more than 2,000 characters is its end behind a marker', async () => {
    const message = (await pinged(['nightly', '--ok', '--msg', `${'x'.repeat(3000)}end`])).params.get(
      'message',
    )
    expect(message).toMatch(/^\[… 1\.0 kB earlier\] x+end$/)
    expect(message).toHaveLength(2000)
  })

  test('is read from stdin with -', async () => {
    const event = await pinged(['nightly', '--ok', '--msg', '-'], {}, { input: 'from\nstdin\n' })
    expect(event.params.get('message')).toBe('from\nstdin')
  })

  test('is read from stdin also if that is a file', async () => {
    const api = await apiForTest()
    const file = join(paths.project, 'package.json')
    const shell = `exec "$0" ping nightly --ok --message - < "$1"`
    const { status } = await exec(
      ['--anonymous', 'outer', '--', 'sh', '-c', shell, paths.bin.cronitor, file],
      reportingTo(api),
    )
    expect(status).toBe(0)
    const message = api.events('nightly')[0]?.params.get('message') ?? ''
    expect(
      readFileSync(file, 'utf8')
        .trimEnd()
        .endsWith(message.replace(/^\[…[^\]]*\] /, '')),
    ).toBe(true)
    expect(message.length).toBeGreaterThan(500)
  })

  test('is left out if stdin is empty', async () => {
    expect((await pinged(['nightly', '--ok', '--msg', '-'])).params.has('message')).toBe(false)
    expect(
      (await pinged(['nightly', '--ok', '--msg', '-'], {}, { input: '\n\n' })).params.has('message'),
    ).toBe(false)
  })

  test('of 5 MB on stdin is its end, and says what is gone', async () => {
    const input = Buffer.concat([Buffer.alloc(5_000_000, 'abc '), Buffer.from('\xff\0end\n', 'latin1')])
    const message = (await pinged(['nightly', '--ok', '--msg', '-'], {}, { input })).params.get('message')
    expect(message).toMatch(/^\[… 5\.0 MB earlier\] .*abc \ufffdend$/)
    expect(message).toHaveLength(2000)
  })

  test('does not read stdin unless asked to', async () => {
    const api = await apiForTest()
    const shell = `printf 'for the next' | { "$0" ping nightly --ok; cat; }`
    const { stdout } = await exec(
      ['--anonymous', 'outer', '--', 'sh', '-c', shell, paths.bin.cronitor],
      reportingTo(api),
    )
    expect(String(stdout)).toBe('for the next')
  })
})

describe('inside a job of cronitor-exec', () => {
  test('key and series are known, and what is given wins over them', async () => {
    const api = await apiForTest()
    const job = `"$0" ping --ok; "$0" ping other --ok; "$0" ping --ok --series mine`
    const { stderr } = await exec(
      ['--series', 'outer', 'nightly', '--', 'sh', '-c', job, paths.bin.cronitor],
      reportingTo(api),
    )
    expect(String(stderr)).toBe('')
    const told = api
      .events()
      .filter(({ state }) => state === 'ok')
      .map(({ monitorKey, params }) => `${monitorKey} ${params.get('series')}`)
    expect(told).toEqual(['nightly outer', 'other outer', 'nightly mine'])
  })

  test('a key of the environment is held to the same rules', async () => {
    expect(await refused(['ping', '--ok'], { CRONITOR_MONITOR_KEY: 'a b' })).toMatch(/monitor key/)
    expect(await refused(['ping', '--ok'], { CRONITOR_MONITOR_KEY: '' })).toMatch(/no monitor key/)
  })
})

describe('a wrong command line', () => {
  test.each([
    [['ping', '--ok'], /no monitor key/],
    [['ping', 'nightly', 'extra', '--ok'], /too many arguments/],
    [['ping', 'exec'], /no state/],
    [['ping', 'nightly', '--ok', '--no-such'], /unknown option.*--no-such/],
    [['ping', 'nightly', '--ok', '--msg'], /--msg.*argument missing/],
    [['ping', 'nightly', '--ok', '--deliver-within', 'soon'], /--deliver-within.*duration/],
    [['ping', 'nightly', '--ok', '--url', 'ftp://host'], /--url.*http/],
    [['no-such-command'], /unknown command.*no-such-command/],
    [['--no-such'], /unknown option.*--no-such/],
  ])('%j gives one line and status 2', async (args, words) => {
    expect(await refused(args)).toMatch(words)
  })

  test('nothing at all is one too', async () => {
    const { status, stdout } = await cronitor([])
    expect(status).toBe(2)
    expect(String(stdout)).toBe('')
  })
})

describe('without an API key', () => {
  test('a ping fails with 1 and says what is missing', async () => {
    const api = await apiForTest()
    const { status, stderr } = await cronitor(['ping', 'nightly', '--ok'], {
      CRONITOR_TELEMETRY_URL: api.url,
    })
    expect(status).toBe(1)
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/^cronitor: .*no API key.*CRONITOR_API_KEY/)])
    expect(api.events()).toEqual([])
  })

  test('--quiet leaves the status alone', async () => {
    const { status, stderr } = await cronitor(['ping', '--quiet', 'nightly', '--ok'])
    expect(status).toBe(1)
    expect(String(stderr)).toBe('')
  })
})

describe('--dry-run', () => {
  test('shows the request with the key redacted, and sends nothing', async () => {
    const api = await apiForTest()
    const args = [
      'ping',
      'a/b',
      '--fail',
      '--metric',
      'count:1',
      '--msg',
      `of ${KEY}`,
      '--dry-run',
      '--method',
      'POST',
    ]
    const { status, stdout, stderr } = await cronitor([...args, '-n', 'h'], reportingTo(api))
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
    const [line, ...others] = linesOf(stdout)
    expect(others).toEqual([])
    expect(line).toBe(
      `POST ${api.url}/p/[redacted]/a%2Fb?state=fail&host=h&metric=count%3A1&message=of%20%5Bredacted%5D`,
    )
    expect(api.events()).toEqual([])
  })

  test('shows short keys no more than long ones', async () => {
    for (const key of ['abc', '1', 'state', 'p']) {
      const { stdout } = await cronitor(['ping', 'nightly', '--ok', '--dry-run'], { CRONITOR_API_KEY: key })
      expect(String(stdout)).toMatch(
        /^GET https:\/\/cronitor\.link\/p\/\[redacted\]\/nightly\?state=ok&host=/,
      )
    }
  })

  test('works without a key and says so', async () => {
    const { status, stdout, stderr } = await cronitor(['ping', 'nightly', '--ok', '--dry-run'])
    expect(status).toBe(0)
    expect(linesOf(stdout)).toHaveLength(1)
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/no API key/)])
  })
})

describe('help and version', () => {
  const { version } = JSON.parse(readFileSync(join(paths.project, 'package.json'), 'utf8'))

  test.each([
    [['--help'], ['exec', 'ping', 'serve']],
    [['-h'], ['exec', 'ping', 'serve']],
    [
      ['ping', '--help'],
      [
        '--state',
        '--run',
        '--complete',
        '--fail',
        '--ok',
        '--msg',
        '--metric',
        '--duration',
        '--series',
      ].concat([
        ...['--status-code', '--env', '--hostname', '--method', '--anonymous', '--dry-run', 'Examples:'],
      ]),
    ],
    [
      ['exec', '--help'],
      ['--series', '--no-output', '--deliver-within', 'Examples:'],
    ],
    [
      ['serve', '--help'],
      ['--port', '--json', 'Examples:'],
    ],
  ])('cronitor %j prints them on stdout, with status 0', async (args, words) => {
    const { status, stdout, stderr } = await cronitor(args, { CRONITOR_API_KEY: KEY })
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
    for (const word of words) expect(String(stdout)).toContain(word)
  })

  test('the version is that of the package', async () => {
    for (const flag of ['--version', '-V']) {
      expect(await cronitor([flag])).toMatchObject({
        status: 0,
        stdout: Buffer.from(`cronitor ${version}\n`),
      })
    }
    expect(await exec(['--version'], {})).toMatchObject({
      status: 0,
      stdout: Buffer.from(`cronitor-exec ${version}\n`),
    })
  })

  test('the port that serve --help names is the one that it takes', async () => {
    const { stdout } = await cronitor(['serve', '--help'])
    const [, shown] = /^ *--port <n>[\s\S]*?\(default: (\d+)\)/m.exec(String(stdout)) ?? []
    const used = String(stdout).match(/(?<=http:\/\/127\.0\.0\.1:)\d+/g)
    expect([...new Set(used)]).toEqual([shown])
  })
})
