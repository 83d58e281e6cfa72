/** `cronitor runs` as a program, against a `cronitor serve` that real wrappers report to. */

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { CLOSED_PORT, ownPort } from '../../support/own-port.ts'
import { paths, type Running, type RunOptions, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { hasPty, shown, startInTerminal } from '../../support/terminal.ts'
import { until } from '../../support/until.ts'
import { checked } from '../../support/validating-proxy.ts'
import { cronitor, exec, linesOf, listening, reportingTo } from '../../support/wrapper.ts'

interface Server {
  readonly url: string
  readonly port: number
  readonly running: Running
}

async function serve(flags: readonly string[] = [], port = 0): Promise<Server> {
  const running = start(
    [paths.bin.cronitor, 'serve', '--port', String(port), '--strict', '--no-limits', ...flags],
    {
      timeoutMs: 170_000,
    },
  )
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  await until('the address is printed', () => String(running.output().stdout).includes('\n'))
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(running.output().stdout))?.[0] ?? ''
  return { url, port: Number(new URL(url).port), running }
}

async function stop({ running }: Server): Promise<void> {
  running.signal('SIGTERM')
  expect((await running.done).status).toBe(0)
}

/** `cronitor runs --follow`, once it has shown what there is. */
async function following(server: Server, args: readonly string[] = []): Promise<Running> {
  const running = start([paths.bin.cronitor, 'runs', '--follow', ...args], {
    env: reportingTo(server),
    timeoutMs: 170_000,
  })
  onTestFinished(() => running.signalGroup('SIGKILL'))
  // Table or not, the first line is there once the server has been asked.
  await until('the first line is printed', () => String(running.output().stdout).includes('\n'))
  return running
}

const send = async (server: Server, target: string) =>
  expect((await fetch(`${server.url}/p/some-key/${target}`)).status).toBe(200)

const lines = (running: Running) => linesOf(running.output().stdout)

test('what the wrapper has reported is a table, the newest last', async () => {
  const server = await serve()
  const env = reportingTo(await checked(server), { CRONITOR_HOSTNAME: 'db1', CRONITOR_ENV: 'prod' })
  await exec(['nightly-backup', 'echo no space; exit 3'], env)
  await exec(['a/b', 'true'], reportingTo(await checked(server), { CRONITOR_HOSTNAME: 'web' }))
  const { status, stdout, stderr } = await cronitor(['runs'], reportingTo(server))
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  expect(linesOf(stdout)).toEqual([
    expect.stringMatching(/^TIME +MONITOR +STATE +DURATION +STATUS +HOST +ENV +MESSAGE$/),
    expect.stringMatching(
      /^\d{4}-\d\d-\d\d [\d:]{8} {2}nightly-backup +failed +\d\S* +3 +db1 +prod +no space · exit status 3$/,
    ),
    expect.stringMatching(/^\d{4}-\d\d-\d\d [\d:]{8} {2}a\/b +complete +\d\S* +0 +web +-$/),
  ])
})

test('one monitor, its last runs, one state, one env', async () => {
  const server = await serve()
  for (const [key, state, env] of [
    ['a%2Fb', 'fail', 'prod'],
    ['a%2Fb', 'complete', 'prod'],
    ['a%2Fb', 'complete', 'test'],
    ['other', 'fail', 'prod'],
  ]) {
    await send(server, `${key}?state=${state}&env=${env}`)
  }
  const ids = async (...args: string[]) => {
    const { stdout } = await cronitor(['runs', '--json', ...args], reportingTo(server))
    return linesOf(stdout).map(line => JSON.parse(line).id)
  }
  expect(await ids()).toEqual([1, 2, 3, 4])
  expect(await ids('a/b')).toEqual([1, 2, 3])
  expect(await ids('a/b', '--limit', '2')).toEqual([2, 3])
  expect(await ids('--limit', '0')).toEqual([])
  expect(await ids('--state', 'failed')).toEqual([1, 4])
  expect(await ids('--env', 'prod', 'a/b')).toEqual([1, 2])
})

test('with --json each run is an object with the names of the API', async () => {
  const server = await serve()
  const env = reportingTo(await checked(server), { CRONITOR_HOSTNAME: 'db1', CRONITOR_ENV: 'prod' })
  await exec(['--series', 's1', 'nightly', "printf 'one\\ntwo'; exit 3"], env)
  const { stdout } = await cronitor(['runs', 'nightly', '--json'], reportingTo(server))
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)
  expect(JSON.parse(String(stdout))).toEqual({
    id: 1,
    monitor: 'nightly',
    series: 's1',
    state: 'failed',
    started_at: time,
    ended_at: time,
    duration: expect.any(Number),
    status_code: 3,
    host: 'db1',
    env: 'prod',
    message: 'one\ntwo\nexit status 3',
  })
})

describe('--follow', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('prints runs as they change, until %s', async signal => {
    const server = await serve()
    const running = await following(server)
    await exec(['nightly', 'exit 3'], reportingTo(await checked(server)))
    await until('the failure is shown', () =>
      lines(running).some(line => / failed .*exit status 3$/.test(line)),
    )
    running.signal(signal)
    const { status, stderr } = await running.done
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  })

  test('goes on behind a restart of the server, and leaves nothing out', async () => {
    const folder = tempDir('data')
    const port = await ownPort()
    const first = await serve(['--data-dir', folder], port)
    await send(first, 'job?state=run&series=before')
    const running = await following(first, ['--json'])
    await stop(first)
    await until('the outage is reported', () => String(running.output().stderr).includes('trying again'))
    const second = await serve(['--data-dir', folder], port)
    for (let run = 0; run < 20; run += 1) await send(second, `job?state=complete&series=${run}`)
    await send(second, 'job?state=fail&series=before')
    const seen = () => lines(running).map(line => JSON.parse(line))
    await until('all are shown', () => seen().some(({ state }) => state === 'failed'))
    expect(new Set(seen().map(({ series }) => series))).toEqual(
      new Set(['before', ...Array.from({ length: 20 }, (_, run) => String(run))]),
    )
    running.signal('SIGTERM')
    const { status, stderr } = await running.done
    expect(status).toBe(0)
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/^cronitor: .*trying again$/)])
  })

  test('a series that is used again is a run each time, also while it is followed', async () => {
    const server = await serve()
    const sendAll = async (...states: string[]) => {
      for (const state of states) await send(server, `job?state=${state}&series=again&env=prod`)
    }
    await sendAll('run', 'fail')
    const running = await following(server, ['--json'])
    await sendAll('run', 'fail', 'run', 'complete')
    const seen = () => lines(running).map(line => JSON.parse(line))
    await until('the last run has ended', () => seen().some(({ state }) => state === 'complete'))
    const last = new Map(seen().map(({ id, series, state }) => [id, `${series} ${state}`]))
    expect([...last]).toEqual([
      [1, 'again failed'],
      [2, 'again failed'],
      [3, 'again complete'],
    ])
    const { stdout } = await cronitor(['runs', '--json', 'job'], reportingTo(server))
    expect(linesOf(stdout).map(line => JSON.parse(line).id)).toEqual([1, 2, 3])
  })

  test('ends once nobody reads its output', async () => {
    const server = await serve()
    const running = await following(server)
    running.stdout?.destroy()
    await send(server, 'job?state=ok')
    await send(server, 'job?state=complete')
    expect((await running.exited).status).toBe(0)
    expect(String(running.output().stderr)).toBe('')
  })

  test('can be ended while its reader has stalled', async () => {
    const server = await serve()
    const message = encodeURIComponent('x'.repeat(1900))
    await Promise.all(
      Array.from({ length: 300 }, () => send(server, `job?state=complete&message=${message}`)),
    )
    let hasBegun = false
    const running: Running = start([paths.bin.cronitor, 'runs', '--follow', '--json', '--limit', '300'], {
      env: reportingTo(server),
      timeoutMs: 170_000,
      onStdout: () => {
        hasBegun = true
        running.stdout?.pause()
      },
    })
    await until('it writes', () => hasBegun)
    // Half a megabyte does not fit into a pipe.
    running.signal('SIGTERM')
    expect((await running.exited).status).toBe(0)
    running.stdout?.destroy()
  })
})

test('a reader that has read enough (| head) ends it quietly', async () => {
  const server = await serve()
  const message = encodeURIComponent('x'.repeat(1900))
  for (let run = 0; run < 100; run += 1) await send(server, `job?state=complete&message=${message}`)
  const script = 'set -o pipefail; "$@" | head -n 1'
  const argv = ['bash', '-c', script, 'bash', paths.bin.cronitor, 'runs', '--json', '--limit', '100']
  const { status, stdout, stderr } = await start(argv, { env: reportingTo(server) }).done
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  expect(linesOf(stdout)).toHaveLength(1)
})

test('of several servers, the first one that answers is asked', async () => {
  const server = await serve()
  await exec(['nightly', 'true'], reportingTo(await checked(server)))
  const closed = `http://127.0.0.1:${CLOSED_PORT}`
  const env = reportingTo({ url: `https://cronitor.link,${closed},${server.url}` })
  const { status, stdout, stderr } = await cronitor(['runs', '--json'], env)
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  expect(linesOf(stdout).map(line => JSON.parse(line))).toMatchObject([{ monitor: 'nightly' }])
})

describe('what goes wrong is one line and status 1', () => {
  async function problem(args: readonly string[], env: RunOptions['env'] = {}): Promise<string> {
    const { status, stdout, stderr } = await cronitor(['runs', ...args], env)
    expect({ status, stdout: String(stdout) }).toEqual({ status: 1, stdout: '' })
    const [line = '', ...more] = linesOf(stderr)
    expect(more).toEqual([])
    return line
  }

  test('nobody listens there', async () => {
    const url = `http://127.0.0.1:${CLOSED_PORT}`
    for (const args of [[], ['--follow']]) {
      expect(await problem([...args, '--url', url])).toMatch(
        /^cronitor: connection refused by .*: start cronitor serve/,
      )
    }
  })

  test('the hosted API is not asked', async () => {
    const wanted = /^cronitor: https:\/\/cronitor\.link has no list of runs: give the address .* with --url$/
    expect(await problem([], { CRONITOR_TELEMETRY_URL: 'https://cronitor.link' })).toMatch(wanted)
  })

  test('there is no such monitor', async () => {
    const server = await serve()
    expect(await problem(['missing'], reportingTo(server))).toMatch(
      /^cronitor: there is no monitor missing at http/,
    )
  })

  test('another server answers', async () => {
    const server = createServer((_request, response) => response.end('<html>'))
    const url = await listening(server)
    onTestFinished(() => void server.close())
    expect(await problem(['--url', url])).toMatch(/does not answer as cronitor serve does: check --url$/)
  })

  test('a redirect is not followed, so that no other origin gets the key', async () => {
    let asked = 0
    const other = createServer((_request, response) => {
      asked += 1
      response.end('{}')
    })
    const location = await listening(other)
    const server = createServer((_request, response) => response.writeHead(307, { location }).end())
    const url = await listening(server)
    onTestFinished(() => {
      other.close()
      server.close()
    })
    expect(await problem(['--url', url], { CRONITOR_API_KEY: KEY })).toMatch(
      /redirect, which is not followed/,
    )
    expect(asked).toBe(0)
  })

  test('the key is missing or wrong, and is not shown', async () => {
    const file = join(tempDir('keys'), 'keys')
    writeFileSync(file, `${KEY}\n`, { mode: 0o600 })
    const server = await serve(['--api-key-file', file])
    const { status } = await cronitor(['runs'], reportingTo(server))
    expect(status).toBe(0)
    const url = server.url
    expect(await problem(['--url', url])).toMatch(/asks for an API key: set CRONITOR_API_KEY_FILE/)
    const wrong = 'zq1Wrong-5kEy8Tn3Xb'
    const line = await problem(['--url', url], { CRONITOR_API_KEY: wrong })
    expect(line).toMatch(/does not know the API key: use one/)
    for (let at = 0; at + 8 <= wrong.length; at += 1) expect(line).not.toContain(wrong.slice(at, at + 8))
  })
})

test.each([
  ['--limit', '10001'],
  ['--limit', '-1'],
  ['--state', 'ok'],
  ['--url', 'localhost'],
  ['--no-such'],
  ['a b'],
  ['one', 'two'],
])('%j %j is a wrong command line', async (...args) => {
  const { status, stdout, stderr } = await cronitor(['runs', ...args.filter(arg => arg !== undefined)])
  expect({ status, stdout: String(stdout) }).toEqual({ status: 2, stdout: '' })
  expect(linesOf(stderr)).toHaveLength(1)
})

describe.skipIf(!hasPty)('on a terminal', () => {
  async function inTerminal(columns: number, env: Record<string, string> = {}): Promise<string[]> {
    const server = await serve()
    await send(server, `job?state=fail&status_code=3&message=${'m'.repeat(300)}&host=db1&env=prod`)
    const script = `stty cols ${columns}; exec "$@"`
    const argv = ['sh', '-c', script, 'sh', paths.bin.cronitor, 'runs']
    const terminal = startInTerminal(argv, {
      env: { TERM: 'xterm-256color', ...reportingTo(server), ...env },
    })
    expect((await terminal.done).status).toBe(0)
    return shown(terminal)
      .split('\n')
      .filter(line => line !== '')
  }

  test.each([70, 120])('lines fit into %i columns, and have colours', async columns => {
    const told = await inTerminal(columns)
    expect(told).toHaveLength(2)
    expect(told.join('')).toContain('\u001b[31mfailed')
    for (const line of told) expect(line.replace(/\u001b\[[0-9;]*m/g, '').length).toBeLessThanOrEqual(columns)
    expect(told[1]).toContain('…')
  })

  test('NO_COLOR takes the colours away', async () => {
    expect((await inTerminal(100, { NO_COLOR: '1' })).join('')).not.toContain('\u001b')
  })
})

test('without a terminal there are no colours', async () => {
  const server = await serve()
  await send(server, 'job?state=fail')
  const { stdout } = await cronitor(['runs'], reportingTo(server))
  expect(String(stdout)).not.toContain('\u001b')
})
