/** What the Telemetry API hears of a run. Each request is also held against the API's description by the fake API. */

import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { paths, run } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import {
  acceptedEvent,
  apiForTest,
  countingRelay,
  cronitor,
  exec,
  linesOf,
  namesOf,
  reportingTo,
  startExec,
  statesOf,
  untilFile,
} from '../../support/wrapper.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('the parameters of the events', () => {
  const RUN = ['state', 'series', 'host', 'env']
  const END = ['state', 'series', 'host', 'env', 'status_code', 'metric', 'message']
  const without = (names: readonly string[], ...gone: string[]) => names.filter(name => !gone.includes(name))

  test.each([
    { how: 'GET', flags: [], method: 'GET', run: RUN, end: END },
    { how: 'GET, asked for', flags: ['--method', 'GET'], method: 'GET', run: RUN, end: END },
    { how: 'POST', flags: ['--method', 'post'], method: 'POST', run: RUN, end: END },
    {
      how: 'HEAD, which has no host',
      flags: ['--method=HEAD'],
      method: 'HEAD',
      run: without(RUN, 'host'),
      end: without(END, 'host'),
    },
    {
      how: 'an anonymous GET, which has neither host nor env nor status_code',
      flags: ['--anonymous'],
      method: 'GET',
      run: ['state', 'series'],
      end: ['state', 'series', 'metric', 'message'],
    },
    {
      how: 'an anonymous GET whatever the method',
      flags: ['--anonymous', '--method', 'POST'],
      method: 'GET',
      run: ['state', 'series'],
      end: ['state', 'series', 'metric', 'message'],
    },
  ])('are those of the contract with $how', async ({ flags, method, run, end }) => {
    const api = await apiForTest()
    for (const [job, state] of [
      ['echo hello', 'complete'],
      ['echo hello; exit 3', 'fail'],
    ] as const) {
      const before = api.events().length
      const { stderr } = await exec([...flags, '--env', 'staging', 'nightly', job], reportingTo(api))
      expect(String(stderr)).toBe('')
      const [first, last, ...others] = api.events().slice(before)
      expect(others).toEqual([])
      expect(first).toMatchObject({ state: 'run', method, monitorKey: 'nightly' })
      expect(last).toMatchObject({ state, method, monitorKey: 'nightly' })
      expect(namesOf(first)).toEqual(run)
      expect(namesOf(last)).toEqual(end)
      expect(last?.params.get('message')).toBe(state === 'fail' ? 'hello\nexit status 3' : 'hello')
      expect(last?.params.get('series')).toBe(first?.params.get('series'))
      expect(first?.params.get('series')).toMatch(UUID)
      expect(first?.apiKey).toBe(flags.includes('--anonymous') ? undefined : KEY)
      expect(first?.body.length).toBe(0)
    }
  })

  test('hold the values that they should', async () => {
    const api = await apiForTest()
    const args = ['--env', 'pre prod&x=1', '-n', 'höst #1', '--series', 'a b/c?d', 'nightly', 'exit 42']
    expect(await exec(args, reportingTo(api))).toMatchObject({ status: 42 })
    const [first, last] = api.events()
    const about = { series: 'a b/c?d', host: 'höst #1', env: 'pre prod&x=1' }
    expect(Object.fromEntries(first?.params ?? [])).toEqual({ state: 'run', ...about })
    expect(Object.fromEntries(last?.params ?? [])).toEqual({
      state: 'fail',
      ...about,
      status_code: '42',
      metric: expect.stringMatching(/^duration:\d+\.\d{3}$/),
      message: 'exit status 42',
    })
  })

  test('have the system’s host name, and neither env nor message if there is none', async () => {
    const api = await apiForTest()
    await exec(['nightly', '--', 'true'], reportingTo(api, { CRONITOR_ENV: '' }))
    const [first, last] = api.events()
    expect(first?.params.get('host')).toBe(hostname())
    expect(namesOf(first)).toEqual(['state', 'series', 'host'])
    expect(namesOf(last)).toEqual(['state', 'series', 'host', 'status_code', 'metric'])
    expect(last?.params.get('status_code')).toBe('0')
  })

  test('hold the duration of the job in seconds with three decimals', async () => {
    const api = await apiForTest()
    const { elapsedMs } = await exec(['nightly', 'sleep 0.4'], reportingTo(api))
    const [, seconds = ''] =
      /^duration:(\d+\.\d{3})$/.exec(acceptedEvent(api, 'complete')?.params.get('metric') ?? '') ?? []
    expect(Number(seconds)).toBeGreaterThanOrEqual(0.4)
    expect(Number(seconds)).toBeLessThan(elapsedMs / 1000)
  })

  test('hold the duration of the job alone, not of the delivery', async () => {
    const folder = tempDir()
    const api = await apiForTest({
      respond: async ({ state }) => {
        if (state === 'run') {
          await untilFile(join(folder, 'ended'))
          await new Promise(resolve => setTimeout(resolve, 1500))
        }
        return { status: 200 }
      },
    })
    const env = reportingTo(api, { CRONITOR_DELIVER_WITHIN: '30s' })
    const { elapsedMs } = await exec(['nightly', `: > ${folder}/ended`], env)
    const seconds = Number(acceptedEvent(api, 'complete')?.params.get('metric')?.replace('duration:', ''))
    expect(elapsedMs / 1000 - seconds).toBeGreaterThan(1.4)
  })
})

test('run is delivered before the end of the job is sent, however late its answer is', async () => {
  const folder = tempDir()
  const seen: string[] = []
  const api = await apiForTest({
    respond: async ({ state }) => {
      seen.push(`${state} came`)
      if (state === 'run') await untilFile(join(folder, 'ended'))
      seen.push(`${state} answered`)
      return { status: 200 }
    },
  })
  await exec(['nightly', `: > ${folder}/ended`], reportingTo(api, { CRONITOR_DELIVER_WITHIN: '30s' }))
  expect(seen).toEqual(['run came', 'run answered', 'complete came', 'complete answered'])
})

test('run is sent while the job runs', async () => {
  const folder = tempDir()
  const api = await apiForTest()
  const running = startExec(
    ['nightly', `while ! [ -e ${folder}/go ]; do sleep 0.02; done; echo done`],
    reportingTo(api),
  )
  await api.waitFor(events => events.some(({ state, answered }) => state === 'run' && answered === 200))
  expect(statesOf(api.events())).toEqual(['run'])
  writeFileSync(join(folder, 'go'), '')
  await running.done
  expect(statesOf(api.events())).toEqual(['run', 'complete'])
})

test('a request names the program and its version as its user agent', async () => {
  const { version } = JSON.parse(readFileSync(join(paths.project, 'package.json'), 'utf8'))
  const api = await apiForTest()
  await exec(['nightly', '--', 'true'], reportingTo(api))
  await cronitor(['ping', 'nightly', '--ok'], reportingTo(api))
  expect(api.events().map(({ headers }) => headers['user-agent'])).toEqual(
    Array(3).fill(`cronitor-exec/${version}`),
  )
})

describe('a monitor key', () => {
  test.each([
    'a/b',
    'a?b=c',
    'a&b#c',
    '100%',
    'a%2Fb',
    'p',
    '...',
    '~+;:@$,=!*()',
    '"quoted\'',
    'schlüssel-鍵',
    '⏰👍🏽',
    'k'.repeat(128),
    '🔑'.repeat(128),
  ])('like %s arrives as it was given', async key => {
    const api = await apiForTest()
    expect(await exec([key, 'true'], reportingTo(api))).toMatchObject({ status: 0 })
    expect(await cronitor(['ping', key, '--ok'], reportingTo(api))).toMatchObject({ status: 0 })
    expect(await cronitor(['ping', key, '--ok', '--anonymous'], reportingTo(api))).toMatchObject({
      status: 0,
    })
    expect(api.events().map(({ monitorKey }) => monitorKey)).toEqual([key, key, key, key])
  })

  test.each([
    ['of 129 characters', 'k'.repeat(129)],
    ['with a blank', 'a b'],
    ['with a line break', 'a\nb'],
    ['with a control character', 'a\x1bb'],
    ['that is one dot', '.'],
    ['that is two dots', '..'],
    ['that is empty', ''],
  ])('%s is a wrong command line, and the job is not run', async (_what, key) => {
    const api = await apiForTest()
    const { status, stdout, stderr } = await exec([key, 'echo', 'ran'], reportingTo(api))
    expect(status).toBe(125)
    expect(String(stdout)).toBe('')
    expect(linesOf(stderr)).toHaveLength(1)
    expect(await cronitor(['ping', key, '--ok'], reportingTo(api))).toMatchObject({ status: 2 })
    expect(api.events()).toEqual([])
  })
})

test.each(['/telemetry/v1', '/telemetry/v1/', '/a%20b//'])(
  'a base address with the path %s is kept in front of the path of the API',
  async base => {
    const prefix = base.replace(/\/+$/, '')
    const api = await apiForTest({ base: new RegExp(`${prefix}(?=/)`) })
    await exec(['a/b', 'true'], reportingTo({ url: `${api.url}${base}` }))
    await exec(['--anonymous', 'a/b', 'true'], reportingTo({ url: `${api.url}${base}` }))
    expect(api.events()).toHaveLength(4)
    for (const { target } of api.events()) expect(target.startsWith(`${prefix}/`)).toBe(true)
    expect(api.events()[0]?.target).toMatch(new RegExp(`^${prefix}/p/${KEY}/a%2Fb\\?state=run&`))
    expect(api.events()[2]?.target).toMatch(new RegExp(`^${prefix}/a%2Fb\\?state=run&`))
  },
)

// After HEAD the client closes the connection: some servers send a body there.
test.each(['GET', 'POST'])('run and end of a short job go over one connection with %s', async method => {
  const api = await apiForTest({ respond: () => ({ status: 200, body: 'OK' }) })
  const relay = await countingRelay(api.port)
  await exec(['--method', method, 'nightly', '--', 'true'], reportingTo(relay))
  expect(statesOf(api.events())).toEqual(['run', 'complete'])
  expect(relay.connections()).toBe(1)
})

test('an end whose kept connection was closed by the server meanwhile arrives all the same', async () => {
  const folder = tempDir()
  const api = await apiForTest({
    respond: ({ state }) => ({ status: 200, headers: state === 'run' ? { connection: 'close' } : {} }),
  })
  const env = reportingTo(api)
  const running = startExec(['nightly', `while ! [ -e ${folder}/go ]; do sleep 0.02; done`], env)
  await api.waitFor(events => events.some(({ answered }) => answered === 200))
  writeFileSync(join(folder, 'go'), '')
  expect(await running.done).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
  expect(statesOf(api.events())).toEqual(['run', 'complete'])
})

describe('series', () => {
  test('each run has a fresh one', async () => {
    const api = await apiForTest()
    await exec(['nightly', 'true'], reportingTo(api))
    await exec(['nightly', 'true'], reportingTo(api))
    const series = api.events().map(({ params }) => params.get('series'))
    expect(new Set(series).size).toBe(2)
    expect(series[0]).toBe(series[1])
    expect(series[2]).toBe(series[3])
  })

  test('a wrapper inside a job has its own, and its job sees that one', async () => {
    const api = await apiForTest()
    const show = 'echo "$CRONITOR_MONITOR_KEY $CRONITOR_SERIES"'
    const inner = `${paths.bin.exec} inner '${show}'`
    const { stdout } = await exec(
      ['--series', 'outer-series', 'outer', `${show}; ${inner}; ${show}`],
      reportingTo(api),
    )
    const ofInner = api.events('inner').map(({ params }) => params.get('series'))
    expect(ofInner).toHaveLength(2)
    expect(ofInner[0]).toMatch(UUID)
    expect(ofInner[1]).toBe(ofInner[0])
    expect(api.events('outer').map(({ params }) => params.get('series'))).toEqual([
      'outer-series',
      'outer-series',
    ])
    expect(linesOf(stdout)).toEqual(['outer outer-series', `inner ${ofInner[0]}`, 'outer outer-series'])
  })

  test('a run has a token that no option sets, behind those of the runs around it', async () => {
    const api = await apiForTest()
    const show = 'echo "$CRONITOR_RUN_ID"'
    const { stdout } = await exec(
      ['--series', 'outer-series', 'outer', `${show}; ${paths.bin.exec} inner '${show}'`],
      reportingTo(api),
    )
    const [outer = '', inner = ''] = linesOf(stdout)
    expect(outer).toMatch(UUID)
    const tokens = inner.split(':')
    expect(tokens).toEqual([outer, api.events('inner')[0]?.params.get('series')])
    const again = await exec(['--series', 'outer-series', 'outer', show], reportingTo(api))
    expect(linesOf(again.stdout)[0]).not.toBe(outer)
  })

  test('a ping from inside a job joins the events of its run', async () => {
    const api = await apiForTest()
    const { stderr } = await exec(
      ['nightly', `${paths.bin.cronitor} ping --ok --metric rows=7`],
      reportingTo(api),
    )
    expect(String(stderr)).toBe('')
    expect(statesOf(api.events('nightly')).sort()).toEqual(['complete', 'ok', 'run'])
    expect(new Set(api.events().map(({ params }) => params.get('series'))).size).toBe(1)
  })
})

test('cronitor exec sends the same events, also with its options in front of the subcommand', async () => {
  const api = await apiForTest()
  const args = [
    '--env',
    'prod',
    '--hostname=db1',
    'exec',
    '--series',
    's1',
    'nightly',
    '--',
    'sh',
    '-c',
    'exit 5',
  ]
  expect(await cronitor(args, reportingTo(api))).toMatchObject({ status: 5, stderr: Buffer.alloc(0) })
  expect(
    api.events().map(({ params }) => `${params.get('env')} ${params.get('host')} ${params.get('series')}`),
  ).toEqual(['prod db1 s1', 'prod db1 s1'])
  expect(statesOf(api.events())).toEqual(['run', 'fail'])
})

test('an option of the subcommand wins over the same one in front of it', async () => {
  const api = await apiForTest()
  await cronitor(['--env', 'outer', 'exec', '--env', 'inner', 'nightly', 'true'], reportingTo(api))
  await cronitor(['--env', 'outer', 'ping', '--env', 'inner', 'nightly', '--ok'], reportingTo(api))
  expect(api.events().map(({ params }) => params.get('env'))).toEqual(['inner', 'inner', 'inner'])
})

describe('a message', () => {
  const MARKER = /^\[… (\d+(?:\.\d)?) (B|kB|MB|GB) earlier\] /u

  /** The message of the end of a job that prints a file; the job's own output is checked on the way. */
  async function messageFor(content: Buffer | string, ...flags: string[]): Promise<string | null> {
    const api = await apiForTest()
    const file = join(tempDir(), 'output')
    writeFileSync(file, content)
    const { status, stdout, stderr } = await exec([...flags, 'nightly', 'cat', file], reportingTo(api))
    expect(status).toBe(0)
    expect(stdout.equals(Buffer.from(content))).toBe(true)
    expect(String(stderr)).toBe('')
    const end = acceptedEvent(api, 'complete')
    expect(Buffer.byteLength(end?.target ?? '')).toBeLessThanOrEqual(8000)
    const message = end?.params.get('message') ?? null
    expect(message?.length ?? 0).toBeLessThanOrEqual(2000)
    return message
  }

  /** What stands behind the marker, which has to be there. */
  function shown(message: string | null): string {
    expect(message).toMatch(MARKER)
    return (message ?? '').replace(MARKER, '')
  }

  test('of 2,000 characters is whole', async () => {
    expect(await messageFor('x'.repeat(2000))).toBe('x'.repeat(2000))
  })

  test('of more is its end, and says what is gone', async () => {
    const text = Array.from({ length: 600 }, (_, line) => `line-${line}`).join('\n')
    const message = await messageFor(`${text}\n`)
    expect(message).toHaveLength(2000)
    const end = shown(message)
    expect(text.endsWith(end)).toBe(true)
    const [, number, unit] = MARKER.exec(message ?? '') ?? []
    expect(unit).toBe('kB')
    expect(Math.abs(Number(number) * 1000 - (text.length - end.length))).toBeLessThanOrEqual(50)
  })

  test('of 5 MB on one line is its end', async () => {
    const message = await messageFor(Buffer.alloc(5_000_000, 'abcdefghi '))
    expect(message).toMatch(/^\[… 5\.0 MB earlier\] /)
    expect(message).toMatch(/(?:abcdefghi )+$/)
    // Each blank takes three bytes of the target, and there is room for all.
    expect(message).toHaveLength(2000)
  })

  test('has nothing of colours, titles and cursor movements', async () => {
    const text =
      '\x1b]0;title\x07\x1b[1;31mred\x1b[0m and \x1b[2K\x1b[38;5;196mbold\x1b(B\x1b[m\x1b7\x1b8 end\x1b[?25h\n'
    expect(await messageFor(text)).toBe('red and bold end')
  })

  test('has nothing of colours that are cut in the middle', async () => {
    const message = await messageFor('\x1b[38;5;196mred\x1b[0m\n'.repeat(20_000))
    expect(shown(message)).toMatch(/^(?:d|ed|red)?\n?(?:red\n)+red$/)
  })

  test('has of a progress bar the last state alone', async () => {
    const bar = Array.from({ length: 10_000 }, (_, step) => `\r${step / 100} % done`).join('')
    expect(await messageFor(`start\n${bar}\nend\n`)).toMatch(/^\[… \d+\.\d kB earlier\] 99\.99 % done\nend$/)
    expect(await messageFor(`start\n${bar.slice(-9000)}\nend\n`)).toBe('start\n99.99 % done\nend')
    expect(await messageFor(`first\n${'\r10 %\r100 %\r'}\nlast\r\n`)).toBe('first\n100 %\nlast')
  })

  test('of CJK characters is as much of the end as the request can carry', async () => {
    const message = await messageFor(`${'日本語'.repeat(1000)}終`)
    const end = shown(message)
    expect('日本語'.repeat(1000).endsWith(end.slice(0, -1))).toBe(true)
    expect(end.endsWith('終')).toBe(true)
    // 9 bytes of the target each; with 8,000 in all there is room for a good 800.
    expect(end.length).toBeGreaterThan(800)
  })

  test('of emoji with skin tones has whole ones alone', async () => {
    expect(shown(await messageFor('👍🏽'.repeat(2000)))).toMatch(/^(?:👍🏽){300,}$/u)
  })

  test('of one emoji sequence a line tears none of them apart', async () => {
    expect(shown(await messageFor('👩🏽‍🚀\n'.repeat(1000)))).toMatch(/^\n?(?:👩🏽‍🚀\n)+👩🏽‍🚀$/u)
  })

  test('has no NULs and no other control characters', async () => {
    expect(await messageFor('a\0b\0\0c\x07\x7f\x01d\te\u0085f\n')).toBe('abcd\tef')
    expect(await messageFor(Buffer.alloc(100_000))).toBeNull()
  })

  test('has U+FFFD for what is no UTF-8', async () => {
    const bytes = Buffer.from([0x61, 0xff, 0x62, 0xc3, 0x28, 0xe2, 0x82, 0x63])
    expect(await messageFor(bytes)).toBe('a\ufffdb\ufffd(\ufffdc')
    expect(await messageFor(Buffer.from('e3'.repeat(50_000), 'hex'))).toMatch(/\ufffd{100,}$/)
  })

  test('has both streams', async () => {
    const api = await apiForTest()
    const { stdout, stderr } = await exec(['nightly', 'echo out; echo err >&2; exit 1'], reportingTo(api))
    expect([String(stdout), String(stderr)]).toEqual(['out\n', 'err\n'])
    const message = acceptedEvent(api, 'fail')?.params.get('message') ?? ''
    expect(message.split('\n').sort()).toEqual(['err', 'exit status 1', 'out'])
    expect(message.endsWith('\nexit status 1')).toBe(true)
  })

  test('has both streams in their order if they go to the same place', async () => {
    const api = await apiForTest()
    const log = join(tempDir(), 'log')
    const fd = openSync(log, 'a')
    await run([paths.bin.exec, 'nightly', 'echo 1; echo 2 >&2; echo 3; echo 4 >&2'], {
      env: reportingTo(api),
      stdio: ['null', fd, fd],
    })
    closeSync(fd)
    expect(readFileSync(log, 'utf8')).toBe('1\n2\n3\n4\n')
    expect(acceptedEvent(api, 'complete')?.params.get('message')).toBe('1\n2\n3\n4')
  })

  test('has what the job prints with its last breath, in front of the reason', async () => {
    const api = await apiForTest()
    const output = `${'x'.repeat(3000)} end`
    await exec(['nightly', `printf %s '${output}'; kill -KILL $$`], reportingTo(api))
    const message = acceptedEvent(api, 'fail')?.params.get('message') ?? ''
    expect(message).toHaveLength(2000)
    expect(message).toMatch(/^\[… 1\.0 kB earlier\] x+ end\nkilled by SIGKILL$/)
  })

  test('with --no-output is the reason alone, or none', async () => {
    const api = await apiForTest()
    const { stdout } = await exec(['--no-output', 'nightly', 'echo out; exit 2'], reportingTo(api))
    await exec(['--no-output', 'nightly', 'echo out'], reportingTo(api))
    expect(String(stdout)).toBe('out\n')
    expect(acceptedEvent(api, 'fail')?.params.get('message')).toBe('exit status 2')
    expect(acceptedEvent(api, 'complete')?.params.has('message')).toBe(false)
  })

  describe('that is too long for the server', () => {
    const limited = (most: number, status: number) => ({
      respond: ({ target }: { readonly target: string }) => ({
        status: Buffer.byteLength(target) > most ? status : 200,
      }),
    })

    test.each([414, 431])('is sent again, shorter each time, after %i', async status => {
      const api = await apiForTest(limited(3000, status))
      const job = `printf '%s' '${'語'.repeat(900)}終'; exit 3`
      const { stderr } = await exec(['nightly', job], reportingTo(api))
      expect(String(stderr)).toBe('')
      const tries = api.events().filter(({ state }) => state === 'fail')
      expect(tries.map(({ answered }) => answered)).toEqual([...Array(tries.length - 1).fill(status), 200])
      expect(tries.length).toBeGreaterThan(1)
      for (const [index, { target }] of tries.entries()) {
        if (index > 0) expect(target.length).toBeLessThan(tries[index - 1]?.target.length ?? 0)
      }
      expect(tries.at(-1)?.params.get('message')).toMatch(/exit status 3$/)
    })

    test('still has its end if half of it fits', async () => {
      const api = await apiForTest(limited(5000, 414))
      await exec(['nightly', `printf '%s' '${'語'.repeat(900)}終'`], reportingTo(api))
      expect(shown(acceptedEvent(api, 'complete')?.params.get('message') ?? null)).toMatch(/^語{100,}終$/)
    })

    test('is left out at last, and the event arrives', async () => {
      const api = await apiForTest(limited(200, 414))
      const { stderr } = await exec(
        [
          '-n',
          'h',
          '--series',
          's',
          'nightly',
          `echo ${'x'.repeat(500)}; no-such-command-${'y'.repeat(300)}`,
        ],
        reportingTo(api),
      )
      expect(String(stderr)).not.toContain('cronitor')
      expect(acceptedEvent(api, 'fail')?.params.get('message')?.length ?? 0).toBeLessThan(200)
      expect(acceptedEvent(api, 'fail')).toBeDefined()
    })

    test('even without a message gives one warning, and the status is the job’s', async () => {
      const api = await apiForTest({ respond: () => ({ status: 414 }) })
      const { status, stderr } = await exec(['nightly', 'echo out; exit 9'], reportingTo(api))
      expect(status).toBe(9)
      expect(linesOf(stderr)).toEqual([expect.stringMatching(/^cronitor-exec: .*\b414\b.*too long/)])
    })
  })
})
