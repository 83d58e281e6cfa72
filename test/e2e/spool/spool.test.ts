/** `cronitor spool` and what pings and runs leave there, as a user meets them. */

import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { noPty, underPty } from '../../support/pty.ts'
import { paths, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import {
  apiForTest,
  cronitor,
  exec,
  linesOf,
  reportingTo,
  startExec,
  statesOf,
} from '../../support/wrapper.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A spool that several commands share, and an API that is not there. */
function sharedSpool(): { spool: string; down: Environment } {
  const spool = join(tempDir('shared'), 'spool')
  const down = {
    CRONITOR_SPOOL_DIR: spool,
    CRONITOR_API_KEY: KEY,
    CRONITOR_TELEMETRY_URL: `http://127.0.0.1:${CLOSED_PORT}`,
    CRONITOR_DELIVER_WITHIN: '0s',
  }
  return { spool, down }
}

function why(problem: string | undefined): string {
  return problem === undefined ? '' : ` (skipped: ${problem})`
}

/** As if all that waits had happened a minute earlier: of less than a second nothing is said. */
function makeOlder(spool: string): void {
  for (const name of readdirSync(join(spool, 'queue'))) {
    const path = join(spool, 'queue', name)
    const event = JSON.parse(readFileSync(path, 'utf8'))
    const earlier = (time?: { ms: number }) => time && { ...time, ms: time.ms - 60_000 }
    const [up, notBeforeUp] = [earlier(event.up), earlier(event.notBeforeUp)]
    const occurredAt = event.occurredAt - 60_000
    const notBefore = event.notBefore && event.notBefore - 60_000
    writeFileSync(path, JSON.stringify({ ...event, occurredAt, up, notBefore, notBeforeUp }))
  }
}

function count(spool: string, folder: string): number {
  try {
    return readdirSync(join(spool, folder)).filter(name => name.endsWith('.json')).length
  } catch {
    return 0
  }
}

describe('what could not be delivered', () => {
  test('is kept in files that hold no key, and delivered by a flush with its time and its delay', async () => {
    const { spool } = sharedSpool()
    // A wrapper leaves once `Retry-After` goes beyond its time, and has the rest of that for its spool.
    const downApi = await apiForTest({
      respond: () => ({ status: 503, headers: { 'retry-after': '30' } }),
    })
    const down = reportingTo(downApi, { CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '20s' })
    let printed = ''
    // The key is the job's to print; the search for keys after all tests does not see it this way.
    const onStdout = (chunk: Buffer): void => {
      printed += chunk
    }
    const { status, stderr } = await exec(['nightly', 'echo "$CRONITOR_API_KEY"; exit 3'], down, { onStdout })
    expect({ status, printed }).toEqual({ status: 3, printed: `${KEY}\n` })
    expect(linesOf(stderr)).toEqual([
      'cronitor-exec: run and fail could not be delivered within 20s and are kept in the spool: HTTP status 503',
    ])
    for (const file of readdirSync(join(spool, 'queue')))
      expect(readFileSync(join(spool, 'queue', file), 'utf8')).not.toContain(KEY.slice(0, 8))

    makeOlder(spool)
    const api = await apiForTest()
    const flushed = await cronitor(['spool', 'flush'], { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool })
    expect(flushed).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(String(flushed.stdout)).toBe('2 delivered, 0 left\n')
    expect(statesOf(api.events())).toEqual(['run', 'fail'])
    const [run, fail] = api.events()
    expect(run?.params.get('message')).toMatch(/^\[delayed 1m(\d+s)?\]$/)
    expect(fail?.params.get('message')).toMatch(/^\[delayed 1m(\d+s)?\] \[redacted\]\nexit status 3$/)
    for (const event of [run, fail])
      expect(Math.abs(Number(event?.params.get('stamp')) - Date.now() / 1000)).toBeLessThan(120)
    expect([count(spool, 'queue'), readdirSync(join(spool, 'runs')).length]).toEqual([0, 0])
  })

  test('does not say when it happened with --no-stamp', async () => {
    const { spool, down } = sharedSpool()
    await cronitor(['ping', 'm', '--ok'], down)
    makeOlder(spool)
    const api = await apiForTest()
    await cronitor(['--no-stamp', 'spool', 'flush'], { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool })
    expect(api.events()[0]?.params.has('stamp')).toBe(false)
    expect(api.events()[0]?.params.get('message')).toMatch(/^\[delayed /)
  })

  test('is delivered by the next run, also if that run may start no courier', async () => {
    const { spool, down } = sharedSpool()
    await cronitor(['ping', 'earlier', '--ok'], down)
    const api = await apiForTest()
    const env = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '20s' }
    expect(await exec(['later', 'true'], env)).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(api.events('earlier').map(({ answered }) => answered)).toEqual([200])
    expect(count(spool, 'queue')).toBe(0)
  })

  test('is delivered by the courier of the next run, while its job goes on', async () => {
    const { spool, down } = sharedSpool()
    await cronitor(['ping', 'earlier', '--ok'], down)
    const api = await apiForTest()
    const folder = tempDir()
    const env = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, CRONITOR_NO_COURIER: undefined }
    const running = startExec(['later', `while ! [ -e ${folder}/go ]; do sleep 0.02; done`], env)
    await until('the courier has delivered it', () => api.events('earlier').length === 1)
    await until('the run is reported', () => api.events('later').length === 1)
    expect(statesOf(api.events('later'))).toEqual(['run'])
    await exec(['other', `: > ${folder}/go`], {})
    expect(await running.done).toMatchObject({ status: 0 })
    await until('the courier has left', () => readdirSync(join(spool, 'locks')).length === 0)
  })

  test('goes in front of a later event of its series, and of no other', async () => {
    const { spool, down } = sharedSpool()
    await cronitor(['ping', 'm', '--run', '--series', 'one'], down)
    const api = await apiForTest()
    const env = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '20s' }
    expect(await cronitor(['ping', 'm', '--complete', '--series', 'one'], env)).toMatchObject({ status: 0 })
    expect(statesOf(api.events())).toEqual(['run', 'complete'])

    await cronitor(['ping', 'm', '--run', '--series', 'two'], down)
    await exec(['--series', 'two', 'm', 'false'], env)
    expect(statesOf(api.events()).slice(2)).toEqual(['run', 'run', 'fail'])
    for (const event of api.events().slice(2)) expect(event.params.get('series')).toBe('two')
    expect(count(spool, 'queue')).toBe(0)
  })

  test('of a ping that is ended by a signal is kept', async () => {
    const { spool } = sharedSpool()
    const api = await apiForTest({ respond: () => 'hang' })
    const env = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '50s' }
    const running = start([paths.bin.cronitor, 'ping', 'm', '--ok'], { env })
    await api.waitFor(events => events.length === 1)
    running.signal('SIGTERM')
    expect(await running.done).toMatchObject({ status: null, signal: 'SIGTERM' })
    expect(count(spool, 'queue')).toBe(1)
  })

  test('with a key in the name of its monitor is not written to disk', async () => {
    const { spool, down } = sharedSpool()
    const { status, stderr } = await cronitor(['ping', `m-${KEY}`, '--ok'], down)
    expect(status).toBe(1)
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/is lost: .*the monitor key holds an API key/)])
    expect(count(spool, 'queue')).toBe(0)
  })
})

describe('what was refused', () => {
  test('is listed with its status, and goes back with retry; a wrong key is replaced with --rekey', async () => {
    const { spool } = sharedSpool()
    const api = await apiForTest({
      respond: ({ apiKey }) => ({ status: apiKey === KEY ? 200 : 401 }),
    })
    const wrong = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, CRONITOR_API_KEY: 'wrong-key-0123456789' }
    const right = { ...wrong, CRONITOR_API_KEY: KEY }
    const run = await exec(['nightly', 'true'], wrong)
    expect(linesOf(run.stderr)).toEqual([
      'cronitor-exec: the event was refused with HTTP status 401: the API key is wrong (kept: cronitor spool list --rejected)',
    ])
    const listed = JSON.parse(
      String((await cronitor(['spool', 'list', '--rejected', '--json'], right)).stdout),
    )
    expect(listed).toMatchObject([
      {
        monitor: 'nightly',
        state: 'run',
        httpStatus: 401,
        tries: 1,
        waitingForKey: expect.stringMatching(/^[0-9a-f]{12}$/),
      },
      { monitor: 'nightly', state: 'complete', httpStatus: 401 },
    ])

    const plain = await cronitor(['spool', 'retry'], right)
    expect(String(plain.stdout)).toMatch(
      /^2 events were put back\..* 2 of them need another key: cronitor spool retry --rekey sends them /,
    )
    const nothing = await cronitor(['spool', 'flush'], right)
    expect(String(nothing.stdout)).toBe('0 delivered, 0 left, 2 waiting for another key\n')
    expect(nothing.status).toBe(1)
    expect(String((await cronitor(['spool', 'list'], right)).stdout)).toMatch(
      /waits for the key [0-9a-f]{12}\n/,
    )

    const again = await cronitor(['spool', 'flush'], wrong)
    expect(String(again.stdout)).toBe('0 delivered, 2 refused (cronitor spool list --rejected), 0 left\n')
    expect(await cronitor(['spool', 'retry', '--rekey'], right)).toMatchObject({ status: 0 })
    expect(String((await cronitor(['spool', 'flush'], right)).stdout)).toBe('2 delivered, 0 left\n')
    const delivered = api.events().filter(({ answered }) => answered === 200)
    expect(statesOf(delivered)).toEqual(['run', 'complete'])
  })
})

describe('flush', () => {
  test('ends with 1, and says how much is left, if the API cannot be reached', async () => {
    const { down } = sharedSpool()
    await cronitor(['ping', 'm', '--ok'], down)
    const { status, stdout, stderr } = await cronitor(['spool', 'flush', '--deliver-within', '500ms'], down)
    expect({ status, stdout: String(stdout), stderr: String(stderr) }).toEqual({
      status: 1,
      stdout: '0 delivered, 1 left\n',
      stderr: '',
    })
  })

  test.skipIf(noPty)(`draws a bar on a terminal, and takes it away${why(noPty)}`, async () => {
    const { spool, down } = sharedSpool()
    for (const monitor of ['a', 'b', 'c']) await cronitor(['ping', monitor, '--ok'], down)
    const api = await apiForTest()
    const running = start(underPty([paths.bin.cronitor, 'spool', 'flush']), {
      env: { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool },
    })
    const { stdout } = await running.done
    expect(String(stdout)).toMatch(/\r\[-{30}\] 0 of 3/)
    expect(String(stdout)).toMatch(/\r\u001b\[K3 delivered, 0 left\r\n$/)
  })

  test.each([
    ['without a key', { CRONITOR_API_KEY: undefined }, /there is no API key/],
    ['without a spool', { CRONITOR_NO_SPOOL: '1' }, /there is no spool, because of --no-spool/],
    [
      'with a spool that others may write to',
      { CRONITOR_SPOOL_DIR: '/tmp' },
      /\/tmp is writable by everyone/,
    ],
  ])('%s ends with 1 and one line', async (_, env, told) => {
    const { down } = sharedSpool()
    const { status, stdout, stderr } = await cronitor(['spool', 'flush'], { ...down, ...env })
    expect({ status, stdout: String(stdout) }).toEqual({ status: 1, stdout: '' })
    expect(linesOf(stderr)).toEqual([expect.stringMatching(told)])
  })
})

describe('a courier', () => {
  /** The process that holds the lock, as its link says. */
  function courierOf(spool: string): number | undefined {
    const [name] = readdirSync(join(spool, 'locks')).filter(file => /^deliver-[0-9a-f]{12}$/.test(file))
    if (name === undefined) return undefined
    const [role, pid] = readlinkSync(join(spool, 'locks', name)).split(' ')
    return role === 'courier' ? Number(pid) : undefined
  }

  test('that had to leave for a flush in vain has a successor, and writes to the log that was named from elsewhere', async () => {
    const { spool } = sharedSpool()
    const api = await apiForTest({ respond: () => ({ status: 503 }) })
    const cwd = tempDir('elsewhere')
    const env = { ...reportingTo(api), CRONITOR_SPOOL_DIR: spool, CRONITOR_NO_COURIER: undefined }
    const within = ['--deliver-within', '200ms']
    await cronitor(['ping', 'm', '--ok', '--log', 'events.log', ...within], env, { cwd })
    const first = courierOf(spool)
    expect(first).toBeGreaterThan(0)
    await until('it has tried', () =>
      readFileSync(join(cwd, 'events.log'), 'utf8').includes('stays in the spool'),
    )

    const flushed = await cronitor(['spool', 'flush', ...within], env)
    expect({ status: flushed.status, stdout: String(flushed.stdout) }).toEqual({
      status: 1,
      stdout: '0 delivered, 1 left\n',
    })
    const second = courierOf(spool)
    expect(second).toBeGreaterThan(0)
    expect(second).not.toBe(first)
    api.respond = () => ({ status: 200 })
    await until('the second has delivered', () => count(spool, 'queue') === 0)
    await until('it has left', () => courierOf(spool) === undefined)
  })
})

test('a courier that is started by hand does nothing', async () => {
  const { down } = sharedSpool()
  const result = await cronitor(['spool', 'courier'], down, { input: 'not settings' })
  expect(result).toMatchObject({ status: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) })
})

test('what waits for too long, or is too much, is dropped with one warning and a count', async () => {
  const { spool, down } = sharedSpool()
  for (const monitor of ['a', 'b']) await cronitor(['ping', monitor, '--ok'], down)
  const old = await cronitor(['ping', 'c', '--ok'], { ...down, CRONITOR_SPOOL_MAX_AGE: '0s' })
  expect(linesOf(old.stderr)).toContainEqual(
    expect.stringMatching(
      /^cronitor: \d events were dropped from the spool: \d older than 0s \(--spool-max-age\)$/,
    ),
  )
  for (const monitor of ['a', 'b', 'c']) await cronitor(['ping', monitor, '--ok'], down)
  const before = count(spool, 'queue')
  const much = await cronitor(['ping', 'd', '--ok'], { ...down, CRONITOR_SPOOL_MAX_SIZE: '8k' })
  expect(linesOf(much.stderr)).toContainEqual(
    `cronitor: ${before - 1} events were dropped from the spool: ${before - 1} over its size (--spool-max-size)`,
  )
  expect(count(spool, 'queue')).toBe(2)
})
