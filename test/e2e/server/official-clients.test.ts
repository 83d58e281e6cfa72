/** The vendor's own clients send events to the built `cronitor serve`: what they sent is recorded. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  goClient,
  noCelery,
  noGoClient,
  noNpmSdk,
  noPythonSdk,
  type OfficialHost,
  officialHost,
  python,
} from '../../support/official-clients.ts'
import { paths } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'

const skipped = (reason: string | undefined) => (reason === undefined ? '' : ` (skipped: ${reason})`)

const metric = (name: string, value: unknown) => ({ name, value })
const seconds = (name = 'duration') => metric(name, expect.any(Number))
const stamp = expect.any(Number)

/** What `serve` printed on stderr. */
const warnings = ({ server }: OfficialHost) => String(server.running.output().stderr)

describe.skipIf(noNpmSdk !== undefined)(`cronitor 2.6 from npm${skipped(noNpmSdk)}`, () => {
  /** Runs a script in which `cronitor` is the SDK. */
  const sdk = async (host: OfficialHost, script: string, env: Record<string, string> = {}) => {
    const file = join(tempDir('npm-sdk'), 'script.cjs')
    writeFileSync(
      file,
      `const cronitor = require(${JSON.stringify(`${paths.project}/node_modules/cronitor`)})(process.env.CRONITOR_API_KEY)
       ;(async () => {
         const check = async sent => { if ((await sent) !== true) throw new Error('the SDK reports a failure') }
         const monitor = new cronitor.Monitor('job')
         ${script}
       })().catch(error => { console.error(error.message); process.exitCode = 1 })`,
    )
    return await host.run([paths.node, file], env)
  }

  test('ping with each of its parameters', async () => {
    const host = await officialHost()
    await sdk(
      host,
      `await check(monitor.ping({ state: 'run', series: 's 1', host: 'db-ö', env: 'staging', message: 'a & b=c + 100% käse' }))
       await check(monitor.ping({ state: 'complete', series: 's 1', env: 'staging', metrics: { count: 3, duration: 1.5, 'db.rows': 7, bad: NaN } }))
       await check(monitor.ping({ state: 'fail', message: 'x'.repeat(3000) }))
       await check(monitor.ok({ message: 'fixed' }))
       await check(monitor.ping({ message: 'alive' }))
       await check(monitor.ping('only a message'))
       await check(monitor.ping())`,
      { HOSTNAME: 'from-hostname' },
    )
    const [run, complete, fail, ...rest] = await host.events(7)
    expect(run).toEqual({
      monitor: 'job',
      state: 'run',
      series: 's 1',
      host: 'db-ö',
      env: 'staging',
      message: 'a & b=c + 100% käse',
      metrics: [],
      stamp,
    })
    expect(complete).toMatchObject({
      state: 'complete',
      host: 'from-hostname',
      metrics: [metric('count', 3), metric('duration', 1.5), metric('db.rows', 7)],
    })
    expect(fail?.message).toMatch(/^\[… 1\.0 kB earlier\] x{1979}$/)
    expect(rest).toMatchObject([
      { state: 'ok', message: 'fixed' },
      { state: 'ok', message: 'alive' },
      { state: 'ok', message: 'only a message' },
      { state: 'ok' },
    ])
    expect(warnings(host)).toMatch(/"metric": the value of the metric bad is not a finite decimal number/)
    expect(warnings(host)).toMatch(/"message": it has more than 2000 characters/)
  })

  test('wrap, and schedule of a cron library', async () => {
    const host = await officialHost()
    await sdk(
      host,
      `await cronitor.wrap('wrapped', () => 'done')()
       await cronitor.wrap('wrapped', async () => { throw new Error('no space') })()
       const ended = []
       cronitor.wraps({ schedule: (expression, job, options) => ended.push(job(expression)) })
       cronitor.schedule('scheduled', '* * * * *', () => 'ran')
       cronitor.wraps({ job: (expression, job) => ({ start: () => ended.push(job(expression)) }) })
       cronitor.schedule('started', '* * * * *', () => {})
       await Promise.all(ended)`,
    )
    const events = await host.events(8)
    const of = (monitor: string) => events.filter(event => event.monitor === monitor)
    expect(of('wrapped')).toMatchObject([
      { state: 'run' },
      { state: 'complete', message: 'done' },
      { state: 'run' },
      { state: 'fail', message: 'Error: no space' },
    ])
    expect(of('scheduled')).toMatchObject([{ state: 'run' }, { state: 'complete', message: 'ran' }])
    expect(of('started')).toMatchObject([{ state: 'run' }, { state: 'complete' }])
    for (const monitor of ['scheduled', 'started']) {
      expect(new Set(of(monitor).map(({ series }) => series)).size).toBe(1)
    }
    expect(warnings(host)).toBe('')
  })

  test('Event: tick, error, stop and fail', async () => {
    const host = await officialHost()
    await sdk(
      host,
      `const event = new cronitor.Event('loop', { intervalSeconds: 1 })
       event.tick(); event.tick(4); event.error()
       await new Promise(resolve => setTimeout(resolve, 1500))
       event.tick()
       await check(event.stop())
       await new cronitor.Event('broken').fail('it broke')`,
    )
    const events = await host.events(4)
    expect(events.filter(({ monitor }) => monitor === 'loop')).toEqual([
      {
        monitor: 'loop',
        state: 'ok',
        metrics: [metric('error_count', 1), metric('count', 5), metric('duration', 1)],
        stamp,
      },
      {
        monitor: 'loop',
        state: 'ok',
        metrics: [metric('error_count', 0), metric('count', 1), metric('duration', 1)],
        stamp,
      },
    ])
    // Both are sent at once.
    expect(events.filter(({ monitor }) => monitor === 'broken')).toHaveLength(2)
    expect(events).toContainEqual({
      monitor: 'broken',
      state: 'fail',
      message: 'it broke',
      metrics: [],
      stamp,
    })
    expect(warnings(host)).toBe('')
  })
})

describe.skipIf(noPythonSdk !== undefined)(`cronitor 4.9 from PyPI${skipped(noPythonSdk)}`, () => {
  const sdk = (host: OfficialHost, script: string, env: Record<string, string> = {}) =>
    host.run([python, '-c', `import cronitor\nmonitor = cronitor.Monitor('job')\n${script}`], env)

  test('ping with each of its parameters, and ok', async () => {
    const host = await officialHost()
    await sdk(
      host,
      [
        'check = lambda response: response.raise_for_status()',
        "check(monitor.ping(state='run', series='s 1', host='db-ö', message='a & b=c + 100% käse'))",
        "check(monitor.ping(state='complete', series='s 1', metrics={'count': 3, 'duration': 1.2e-05, 'db.rows': 7, 'bad': float('nan'), 'none': None}))",
        "check(monitor.ping(state='fail', status_code=3, message='caf\\u00e9 ' * 1000))",
        'monitor.ok()',
        "check(cronitor.Monitor('job', env='prod').ping(state=cronitor.State.OK))",
        'assert monitor.ping().status_code == 400',
      ].join('\n'),
      { CRONITOR_ENVIRONMENT: 'staging' },
    )
    const [run, complete, fail, ...rest] = await host.events(5)
    expect(run).toEqual({
      monitor: 'job',
      state: 'run',
      series: 's 1',
      host: 'db-ö',
      env: 'staging',
      message: 'a & b=c + 100% käse',
      metrics: [],
      stamp,
    })
    expect(complete?.metrics).toEqual([
      metric('count', 3),
      metric('duration', 0.000012),
      metric('db.rows', 7),
    ])
    expect(fail?.message).toMatch(/^\[… 3\.6 kB earlier\] afé (café )+$/)
    expect(rest).toMatchObject([
      { state: 'ok', env: 'staging' },
      { state: 'ok', env: 'prod' },
    ])
  })

  test('the decorator job, with a result of any length and with an exception', async () => {
    const host = await officialHost()
    await sdk(
      host,
      [
        "@cronitor.job('nightly')",
        'def nightly(what):',
        "    if what == 'fail': raise ValueError('no space')",
        '    return what',
        "nightly('done')",
        "nightly('\\U0001F600' * 2000)",
        "nightly('y' * 60000 + 'the end')",
        'try: nightly("fail")',
        'except ValueError: pass',
        "@cronitor.job('quiet', env='prod', log_output=False)",
        'def quiet(): return "secret"',
        'quiet()',
      ].join('\n'),
    )
    const events = await host.events(10)
    expect(events.map(({ state }) => state)).toEqual(
      ['complete', 'complete', 'complete', 'fail', 'complete'].flatMap(end => ['run', end]),
    )
    const ends = events.filter(({ state }) => state !== 'run')
    expect(ends).toMatchObject([
      { message: 'done', metrics: [seconds()] },
      { message: '😀'.repeat(2000) },
      { message: expect.stringMatching(/^\[… 58\.0 kB earlier\] y+the end$/) },
      { message: 'no space', metrics: [seconds()] },
      { monitor: 'quiet', env: 'prod' },
    ])
    expect(ends[4]).not.toHaveProperty('message')
    const series = events.map(event => event.series)
    for (let index = 0; index < events.length; index += 2) expect(series[index]).toBe(series[index + 1])
    expect(new Set(series).size).toBe(5)
  })

  test.skipIf(noCelery !== undefined)(`tasks of Celery, and their retries${skipped(noCelery)}`, async () => {
    const host = await officialHost()
    await sdk(
      host,
      [
        'import celery, cronitor.celery',
        'from celery.contrib.testing.worker import start_worker',
        "app = celery.Celery('tasks', broker='memory://', backend='cache+memory://')",
        'cronitor.celery.initialize(app)',
        "@app.task(name='add')",
        'def add(x, y): return x + y',
        "@app.task(name='flaky', bind=True, max_retries=1)",
        'def flaky(self):',
        "    raise self.retry(exc=ValueError('no space'), countdown=0)",
        "with start_worker(app, pool='solo', perform_ping_check=False):",
        '    add.delay(1, 2).get(timeout=20)',
        '    flaky.delay().get(timeout=20, propagate=False)',
      ].join('\n'),
    )
    const events = await host.events(6)
    const of = (monitor: string) => events.filter(event => event.monitor === monitor)
    expect(of('add').map(({ state }) => state)).toEqual(['run', 'complete'])
    // A retry has the series of the first run.
    expect(of('flaky')).toMatchObject([
      { state: 'run' },
      { state: 'fail', message: "Retry in 0s: ValueError('no space')" },
      { state: 'run' },
      { state: 'fail', message: 'no space' },
    ])
    expect(new Set(of('flaky').map(({ series }) => series)).size).toBe(1)
  })
})

describe.skipIf(noGoClient !== undefined)(`the vendor’s command-line tool${skipped(noGoClient)}`, () => {
  const cli = (host: OfficialHost, args: readonly string[], env: Record<string, string> = {}) => {
    const folder = tempDir('go-client')
    return host.run([goClient, ...args], {
      TMPDIR: folder,
      CRONITOR_CONFIG: join(folder, 'none.json'),
      ...env,
    })
  }

  test('ping with each of its options', async () => {
    const host = await officialHost()
    const ping = (...args: string[]) => cli(host, ['-n', 'db-1', '--env', 'prod', 'ping', 'job', ...args])
    await ping('--run', '--series', 's1', '--msg', 'a & b=c + 100% käse')
    await ping(
      ...['--complete', '--series', 's1', '--duration', '30.5', '--status-code', '0'],
      ...['--metric', 'count:processed=100,error_count:failed=2,rows=7'],
    )
    await ping('--fail', '--status-code', '3', '--msg', `${'é'.repeat(499)}xé`)
    await ping('--ok')
    await ping('--tick')
    const [run, complete, ...rest] = await host.events(5)
    const common = { monitor: 'job', host: 'db-1', env: 'prod', stamp }
    expect(run).toEqual({
      ...common,
      state: 'run',
      series: 's1',
      message: 'a & b=c + 100% käse',
      metrics: [],
    })
    expect(complete).toEqual({
      ...common,
      state: 'complete',
      series: 's1',
      status_code: 0,
      metrics: expect.any(Array),
    })
    // It sends them in any order.
    const metrics = new Set(complete?.metrics as unknown[])
    expect(metrics).toEqual(
      new Set([metric('duration', 30.5), metric('processed', 100), metric('failed', 2), metric('rows', 7)]),
    )
    // It cuts at 1,000 bytes, also within a character.
    expect(rest).toMatchObject([
      { state: 'fail', status_code: 3, message: `${'é'.repeat(499)}x\ufffd` },
      { state: 'ok' },
      { state: 'ok' },
    ])
  })

  test('exec, with output that is no UTF-8', async () => {
    const host = await officialHost()
    await cli(host, ['exec', 'job', 'printf', 'caf\\351\\n'])
    await expect(cli(host, ['exec', 'job', '--', 'sh', '-c', 'echo no space; exit 3'])).rejects.toThrow(
      'status 3',
    )
    const events = await host.events(4)
    expect(events).toMatchObject([
      { state: 'run' },
      { state: 'complete', message: 'caf\ufffd\n', status_code: 0, metrics: [seconds(), seconds('length')] },
      { state: 'run' },
      { state: 'fail', message: 'no space\n [exit status 3]', status_code: 3 },
    ])
    expect(events[0]?.series).toBe(events[1]?.series)
    expect(warnings(host)).toMatch(/"msg": bytes that are not UTF-8 became U\+FFFD/)
  })

  test('without an API key', async () => {
    const host = await officialHost()
    const anonymous = { CRONITOR_API_KEY: '' }
    for (const flag of ['--run', '--complete', '--fail', '--ok', '--tick'])
      await cli(host, ['--env', 'prod', 'ping', 'd3x0c1', flag, '--msg', 'm'], anonymous)
    expect(await host.events(5)).toMatchObject(
      ['run', 'complete', 'fail', 'ok', 'ok'].map(state => ({
        monitor: 'd3x0c1',
        state,
        env: 'prod',
        message: 'm',
      })),
    )
    expect(warnings(host)).toBe('')
  })
})
