/** `cronitor serve` as a program: what it prints, how it ends, and that real wrappers and pings can report to it. */

import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KEY } from '../../support/key.ts'
import { serve } from '../../support/serve.ts'
import { until } from '../../support/until.ts'
import { checked } from '../../support/validating-proxy.ts'
import { cronitor, exec, linesOf, listening, reportingTo } from '../../support/wrapper.ts'

test('the port that it got is printed first', async () => {
  expect((await serve()).lines()).toEqual([
    expect.stringMatching(/^Listening on http:\/\/127\.0\.0\.1:[1-9]\d*$/),
  ])
  expect(JSON.parse((await serve(['--json'])).lines()[0] ?? '')).toEqual({
    listening: expect.stringMatching(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/),
  })
})

test('with --quiet events are stored, and not printed', async () => {
  const server = await serve(['--quiet'])
  expect((await server.send('GET', '/p/some-key/job?state=ok')).status).toBe(200)
  expect(await (await server.send('GET', '/api/events')).text()).toContain('"monitor":"job"')
  server.running.signal('SIGTERM')
  await server.running.done
  expect(server.lines()).toEqual([`Listening on ${server.url}`])
})

test('what the wrapper and ping send is a line an event', async () => {
  const server = await serve(['--strict'])
  await exec(
    ['--series', 'abcdefgh-1234', 'nightly', 'echo hello; exit 3'],
    reportingTo(await checked(server)),
  )
  await cronitor(['ping', 'nightly', '--ok', '--method', 'HEAD'], reportingTo(await checked(server)))
  const [first, second, third] = await server.printed(3)
  expect(first).toMatch(/^\d\d:\d\d:\d\d {2}nightly {2}run {7}abcdefgh/)
  expect(second).toMatch(
    /^\d\d:\d\d:\d\d {2}nightly {2}fail {6}abcdefgh….* status 3 {2}\d+\.\d{3}s {2}hello · exit status 3$/,
  )
  expect(third).toMatch(/nightly {2}ok$/)
  expect(String(server.running.output().stdout)).not.toContain('\x1b')
})

test('with --json each event is an object with all that was sent', async () => {
  const server = await serve(['--strict', '--json'])
  const env = reportingTo(await checked(server), { CRONITOR_ENV: 'prod', CRONITOR_HOSTNAME: 'db1' })
  await exec(['--series', 's1', 'a/b', 'echo "one"; echo two; exit 3'], env)
  const [first, second] = (await server.printed(2)).map(line => JSON.parse(line))
  const about = { monitor: 'a/b', series: 's1', host: 'db1', env: 'prod', time: expect.stringMatching(/Z$/) }
  expect(first).toEqual({ ...about, state: 'run', metrics: [] })
  expect(second).toEqual({
    ...about,
    state: 'fail',
    status_code: 3,
    metrics: [{ name: 'duration', value: expect.any(Number) }],
    message: 'one\ntwo\nexit status 3',
  })
})

describe('each operation', () => {
  test.each([
    [
      'GET',
      '/p/some-key/job?state=run&env=e&host=h&message=m&metric=count:1&metric=duration:2&series=s&status_code=0',
    ],
    ['POST', '/p/some-key/job?state=complete&env=e&host=h&message=m&metric=count:1&series=s&status_code=-1'],
    ['HEAD', '/p/some-key/job?state=fail&env=e&message=m&metric=count:1&series=s&status_code=1'],
    ['GET', '/job?state=ok&message=m&metric=count:1&series=s'],
    [
      'GET',
      '/ping/some-key/job?state=run&try=1&stamp=1732450000.5&msg=m&host=h&duration=1.5&series=s&metric=x=1',
    ],
    ['GET', '/job?state=ok&series=s&host=ignored&other=1'],
  ])('%s %s is taken', async (method, target) => {
    const server = await serve(['--json'])
    expect((await server.send(method, target)).status).toBe(200)
    expect(JSON.parse((await server.printed(1))[0] ?? '')).toMatchObject({ monitor: 'job', series: 's' })
  })

  test.each([
    ['GET', '/p/some-key/job', 400],
    ['GET', '/p/some-key/job?state=started', 400],
    ['GET', '/p/some-key/job?state=run&status_code=one', 400],
    ['GET', '/p/some-key/job?state=run&metric=count', 400],
    ['GET', `/p/some-key/job?state=run&message=${'x'.repeat(2001)}`, 400],
    ['POST', '/p/some-key/job?state=run&state=ok', 400],
    ['HEAD', '/p/some-key/job?state=walk', 400],
    ['GET', '/p/some-key/job?state=run&env=%ff', 400],
    ['POST', '/job?state=run', 405],
    ['HEAD', '/job?state=run', 405],
    ['GET', '/ping/some-key/job?state=run&duration=long', 400],
    ['GET', '/ping?state=run', 404],
    ['POST', '/metric%73?state=run', 405],
    ['GET', '/api?state=run', 404],
    ['DELETE', '/p/some-key/job?state=run', 405],
    ['GET', '/p/some-key?state=run', 404],
  ])('with --strict, %s %s is not taken: %i, with a reason in JSON', async (method, target, status) => {
    const server = await serve(['--strict', '--json'])
    const response = await server.send(method, target)
    expect(response.status).toBe(status)
    if (method !== 'HEAD') expect(await response.json()).toMatchObject({ error: expect.any(String) })
    // What is printed after it shows that nothing was printed for it.
    await server.send('GET', '/marker?state=ok')
    expect((await server.printed(1)).map(line => JSON.parse(line).monitor)).toEqual(['marker'])
  })
})

describe('more requests than the API takes', () => {
  test('are answered with 429 and whole seconds in Retry-After, each endpoint on its own', async () => {
    const server = await serve([], { withLimits: true })
    const all = await Promise.all(
      Array.from({ length: 60 }, () => server.send('GET', '/p/some-key/job?state=run')),
    )
    const refused = all.filter(({ status }) => status === 429)
    // Ten at once; a slow machine gives five more for each second that the 60 take.
    expect(all.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(10)
    expect(refused.length).toBeGreaterThan(0)
    for (const { headers } of refused) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect((await server.send('GET', '/p/some-key/other?state=run')).status).toBe(200)
    expect((await server.send('GET', '/p/other-key/job?state=run')).status).toBe(200)
  })

  test('are tried again by ping until they are taken', async () => {
    const server = await serve(['--strict'], { withLimits: true })
    await Promise.all(Array.from({ length: 30 }, () => server.send('GET', `/p/${KEY}/job?state=run`)))
    const args = ['ping', '--deliver-within', '30s', 'job', '--fail']
    expect(await cronitor(args, reportingTo(await checked(server)))).toMatchObject({
      status: 0,
      stderr: Buffer.alloc(0),
    })
    await until('the ping is printed', () => server.lines().some(line => line.includes('fail')))
  })

  test('are all taken with --no-limits', async () => {
    const server = await serve(['--no-limits'], { withLimits: true })
    const all = await Promise.all(
      Array.from({ length: 60 }, () => server.send('GET', '/p/some-key/job?state=run')),
    )
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]))
  })
})

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with 0', async signal => {
  const server = await serve()
  // A kept connection must not hold it up.
  await server.send('GET', '/job?state=ok')
  server.running.signal(signal)
  const { status, stderr } = await server.running.done
  expect(status).toBe(0)
  expect(String(stderr)).toBe('')
})

test('a port that is taken is one line and status 1', async () => {
  const other = createServer()
  const { port } = new URL(await listening(other))
  onTestFinished(() => void other.close())
  const { status, stdout, stderr } = await cronitor(['serve', '--port', port])
  expect(status).toBe(1)
  expect(String(stdout)).toBe('')
  expect(linesOf(stderr)).toEqual([expect.stringMatching(new RegExp(`^cronitor: .*${port}.*already`))])
})

test.each([['--port', '65536'], ['--port', 'http'], ['--port'], ['--no-such'], ['extra']])(
  '%j %j is a wrong command line',
  async (...args) => {
    const { status, stdout, stderr } = await cronitor(['serve', ...args.filter(arg => arg !== undefined)])
    expect(status).toBe(2)
    expect(String(stdout)).toBe('')
    expect(linesOf(stderr)).toHaveLength(1)
  },
)

test.each(['--port=0', '--json'])('API keys are never printed, with %s', async flag => {
  const server = await serve(['--strict', flag])
  await exec(['nightly', `echo ${KEY}`], reportingTo(await checked(server)), { onStdout: () => {} })
  await server.send('GET', `/p/${KEY}/job?state=ok&message=of%20${KEY}&host=${KEY}&series=${KEY}&env=${KEY}`)
  await server.send('GET', `/p/${KEY}/job?state=${KEY}`)
  await server.printed(3)
  server.running.signal('SIGTERM')
  const { stdout, stderr } = await server.running.done
  expect(String(stdout)).toContain('[redacted]')
  for (let at = 0; at + 8 <= KEY.length; at += 1) {
    expect(String(stdout) + String(stderr)).not.toContain(KEY.slice(at, at + 8))
  }
})

test('it ends once nobody reads its output', async () => {
  const server = await serve()
  server.running.stdout?.destroy()
  // The first line fails, the next requests may come too late for an answer.
  for (let more = 0; more < 20; more += 1) {
    const answered = await server.send('GET', '/job?state=ok').catch(() => undefined)
    if (answered === undefined) break
  }
  expect((await server.running.exited).status).toBe(0)
})
