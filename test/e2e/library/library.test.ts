/** Node.js programs that use the library against an API of the test's own. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inHost, startHost } from '../../support/library-host.ts'
import { isExecutable } from '../../support/run.ts'
import { waitingIn } from '../../support/spool-state.ts'
import { tempDir } from '../../support/temp.ts'
import { apiForTest, reportingTo, statesOf } from '../../support/wrapper.ts'

/** Nothing listens there. A busy machine needs time to find that out. */
const DOWN = { CRONITOR_TELEMETRY_URL: 'http://127.0.0.1:9', CRONITOR_DELIVER_WITHIN: '5s' }

/** The API key is only in the options. */
const withoutKey = (api: { readonly url: string }) => reportingTo(api, { CRONITOR_API_KEY: undefined })

describe.skipIf(isExecutable)('the library', () => {
  test('a run resolves with how the job ended and what was reported', async () => {
    const api = await apiForTest()
    const program = `
      const results = await Promise.all([
        run('ok', ['sh', '-c', 'echo out; echo err >&2'], { stdout: 'collect', stderr: 'collect' }),
        run('fails', 'cat | tr a b; exit 3', { stdin: { text: 'aaa' }, stdout: 'ignore' }),
        run('killed', ['sh', '-c', 'kill -9 $$']),
        run('late', ['sleep', '60'], { timeout: '50ms' }),
        run('missing', ['no-such-program']),
        run('judged', ['echo', 'all wrong'], { failIf: 'wrong', stdout: 'collect', collectBytes: 4 }),
      ])
      for (const { series, durationMs, ...result } of results) {
        for (const name of ['stdout', 'stderr']) if (result[name]) delete result[name].bytes
        note({ ...result, measured: series.length === 36 && durationMs > 0 })
      }`
    const common = { events: { kind: 'delivered' }, warnings: [], measured: true }
    expect(await inHost(program, reportingTo(api))).toEqual([
      {
        ...common,
        kind: 'exited',
        status: 0,
        state: 'complete',
        stdout: { text: 'out\n', totalBytes: 4 },
        stderr: { text: 'err\n', totalBytes: 4 },
      },
      { ...common, kind: 'exited', status: 3, state: 'fail', reason: 'exit status 3' },
      { ...common, kind: 'killed', signal: 'SIGKILL', state: 'fail', reason: 'killed by SIGKILL' },
      { ...common, kind: 'timed-out', status: 124, state: 'fail', reason: 'timed out after 50ms' },
      {
        ...common,
        kind: 'not-started',
        status: 127,
        state: 'fail',
        reason: 'command not found: no-such-program',
        warnings: ['command not found: no-such-program'],
      },
      {
        ...common,
        kind: 'exited',
        status: 0,
        state: 'fail',
        reason: expect.stringContaining('wrong'),
        stdout: { text: 'ong\n', totalBytes: 10 },
      },
    ])
    for (const key of ['fails', 'killed', 'late', 'missing', 'judged'])
      expect(statesOf(api.events(key)), key).toEqual(['run', 'fail'])
    expect(api.events('fails')[1]?.params.get('message')).toBe('bbb\nexit status 3')
  })

  test('the job gets what a job of the program gets, and none of the library’s means', async () => {
    const api = await apiForTest()
    const program = `
      const job = 'env; ls /proc/self/fd; tr "\\\\0" " " < /proc/$PPID/cmdline; echo; pwd'
      const { stdout } = await run('k', ['sh', '-c', job], {
        stdout: 'collect', apiKey: 'the-key-of-the-options', cwd: '/', environment: { MINE: 'a b', LANG: undefined }
      })
      note(stdout.text)`
    const [text] = await inHost(program, { ...withoutKey(api), LANG: 'C' })
    const lines = String(text).split('\n')
    expect(lines).toEqual(expect.arrayContaining(['MINE=a b', 'CRONITOR_MONITOR_KEY=k', '/']))
    expect(lines.filter(line => /^\d+$/.test(line))).toEqual(['0', '1', '2', '3'])
    expect(text).not.toMatch(/_CRONITOR_|_cx_|^LANG=|the-key-of-the-options/m)
    expect(api.events('k')[0]?.target).toContain('the-key-of-the-options')
  })

  test('a ping is sent with its message and metrics', async () => {
    const api = await apiForTest()
    const program = `
      note(await ping('k', {
        state: 'complete', message: '-', metrics: { count: 4.5, 'my-rows': 2 }, duration: 1.5, series: 's', env: 'e', statusCode: 7,
        hostname: 'h',
      }))
      note(await ping('k', { state: 'ok', message: 'x'.repeat(300_000) }))`
    const done = { events: { kind: 'delivered' }, warnings: [] }
    expect(await inHost(program, reportingTo(api))).toEqual([done, done])
    const [first, second] = api.events('k')
    expect([...(first?.params ?? [])].toSorted()).toEqual([
      ['env', 'e'],
      ['host', 'h'],
      ['message', '-'],
      ['metric', 'count:4.5'],
      ['metric', 'duration:1.500'],
      ['metric', 'my-rows:2'],
      ['series', 's'],
      ['state', 'complete'],
      ['status_code', '7'],
    ])
    expect(second?.params.get('message')).toMatch(/^\[… [\d.]+ kB earlier\] x+$/)
  })

  test('the events of a network that is down are kept, and a refused key is told', async () => {
    const spool = join(tempDir('library'), 'spool')
    const api = await apiForTest({ respond: () => ({ status: 403 }) })
    const program = `
      const results = await Promise.all([
        run('k', ['true']),
        ping('k', { state: 'ok' }),
        ping('k', { state: 'ok', spool: false }),
        ping('other', { state: 'ok', url: '${api.url}', deliverWithin: '60s' }),
        ping('k', { state: 'ok', environment: { CRONITOR_API_KEY: undefined } }),
      ])
      for (const each of results) note(each)`
    const results = await inHost(program, { ...reportingTo(api, DOWN), CRONITOR_SPOOL_DIR: spool })
    const reason = 'connection refused by 127.0.0.1:9'
    expect(results.map(each => (each as { events: object }).events)).toEqual([
      { kind: 'kept', reason },
      { kind: 'kept', reason },
      { kind: 'lost', reason },
      { kind: 'refused', reason: expect.stringContaining('403') },
      { kind: 'not-sent', reason: expect.stringContaining('there is no API key') },
    ])
    expect(results[0]).toMatchObject({ kind: 'exited', status: 0, state: 'complete' })
    expect((results[0] as { warnings: string[] }).warnings).toEqual([
      `run and complete could not be delivered within 5s and are kept in the spool: ${reason}`,
    ])
    expect(waitingIn(spool)).toBe(3)
  })

  test('a wrong argument is an error, and nothing is run or sent', async () => {
    const api = await apiForTest()
    const program = `
      let calls = 0
      const wrong = await Promise.allSettled([
        run('k', ['touch', 'made'], { timeout: '5x' }),
        run('k', ['touch', 'made'], { failIf: '(' }),
        run('a key', ['touch', 'made']),
        run('k', []),
        run('k', ['touch', 'made'], { printCommand: true }),
        run('k', () => calls++, { timeout: '5x' }),
        ping('k', { state: 'over' }),
        ping('k', { state: 'ok', metrics: { count: NaN } }),
        ping('k', { state: 'ok', statusCode: 1.5 }),
        ping('k'),
        ping(5, { state: 'ok' }),
      ])
      for (const { reason } of wrong) note([reason instanceof WrongArgumentError, reason.message])
      note(calls)`
    const results = (await inHost(program, reportingTo(api))) as [boolean, string][]
    expect(results.pop()).toBe(0)
    expect(results.filter(([isWrong]) => !isWrong)).toEqual([])
    const duration =
      "option '--timeout <duration>': expected a duration such as 90, 90s, 1500ms, 10m, 2h or 1d"
    expect(results.map(([, message]) => message)).toEqual([
      duration,
      '--fail-if: wrong regular expression (: missing closing )',
      'wrong monitor key: it contains white space',
      'the command: expected a program and its arguments',
      "unknown option 'printCommand'",
      duration,
      "option '--state <state>': expected run or complete or fail or ok",
      expect.stringMatching(/^option '--metric <name:value>': /),
      "option '--status-code <n>': expected an integer",
      'no state: give --run, --complete, --fail, --ok or --state',
      'the monitor key: expected text',
    ])
    expect(api.events()).toEqual([])
  })

  test('an abort ends the job, with KILL if TERM does not', async () => {
    const api = await apiForTest()
    const program = `
      const { PassThrough } = await import('node:stream')
      const abort = new AbortController()
      const options = { abortSignal: abort.signal, killAfter: '60s', stdout: new PassThrough() }
      let ready = 0
      options.stdout.on('data', chunk => { if ((ready += chunk.length) === 2) abort.abort() })
      const results = await Promise.all([
        run('gentle', 'printf r; exec sleep 60', options),
        run('stubborn', 'trap "" TERM; printf r; while :; do sleep 0.1; done', { ...options, killAfter: '100ms' }),
        run('early', ['touch', 'made'], { abortSignal: AbortSignal.abort() }),
      ])
      for (const { kind, signal, reason, events } of results) note([kind, signal, reason, events.kind])`
    expect(await inHost(program, reportingTo(api))).toEqual([
      ['killed', 'SIGTERM', 'killed by SIGTERM', 'delivered'],
      ['killed', 'SIGKILL', 'killed by SIGKILL', 'delivered'],
      ['not-started', null, 'aborted before the start', 'not-sent'],
    ])
    expect(api.events('early')).toEqual([])
  })

  test('a function is reported, and returns and throws as without', async () => {
    const api = await apiForTest()
    const program = `
      const inTime = signal => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      const reports = []
      const onReported = ({ kind, state, events }) => reports.push([kind, state, events.kind])
      const results = await Promise.allSettled([
        run('returns', async ({ metrics }) => { metrics.count = 4.5; metrics.rows = 2; return { a: 1 } }, { onReported }),
        run('throws', () => { throw new RangeError('secret: two\\nlines') }, { redact: 'sec..t' }),
        run('late', ({ signal }) => inTime(signal), { timeout: '50ms' }),
        run('unmonitored', () => 'called', { cwd: '/no/such/folder' }),
      ])
      for (const { value, reason } of results) note(reason ? [reason.name, reason.message] : value)
      note(reports)`
    expect(await inHost(program, reportingTo(api))).toEqual([
      { a: 1 },
      ['RangeError', 'secret: two\nlines'],
      ['TimeoutError', 'timed out after 50ms'],
      'called',
      [['exited', 'complete', 'delivered']],
    ])
    const [, complete] = api.events('returns')
    expect(complete?.state).toBe('complete')
    expect(complete?.params.getAll('metric').slice(1)).toEqual(['count:4.5', 'rows:2'])
    const [, failed] = api.events('throws')
    expect(failed?.params.get('message')).toBe('RangeError: [redacted]: two\nlines\nexit status 1')
    expect(statesOf(api.events('late'))).toEqual(['run', 'fail'])
    expect(api.events('unmonitored')).toEqual([])
  })

  test('the program stays as it was: listeners, variables, umask, streams, and it ends by itself', async () => {
    const api = await apiForTest()
    const program = `
      const abortSignal = new AbortController().signal
      const { getEventListeners } = await import('node:events')
      const look = () => JSON.stringify([
        process.eventNames().map(name => [String(name), process.listenerCount(name)]),
        getEventListeners(abortSignal, 'abort').length,
        process.env,
        process.umask(),
        process.cwd(),
        process.exitCode ?? null,
      ])
      const before = look()
      await Promise.all([run('k', ['true']), run('k', () => 1), ping('k', { state: 'ok' }), run('k', 'exit 3', { abortSignal })])
      note(before === look())`
    expect(await inHost(program, reportingTo(api))).toEqual([true])
  })

  test('if the program is killed, its job goes on and its function has failed; both are reported', async () => {
    const api = await apiForTest()
    const file = join(tempDir('library'), 'go')
    const program = `
      run('job', ['sh', '-c', 'until [ -e "$0" ]; do sleep 0.05; done; echo done', '${file}'], { stdout: 'ignore' })
      run('function', () => new Promise(() => setInterval(() => {}, 1000)))`
    const host = startHost(program, reportingTo(api))
    await api.waitFor(events => statesOf(events).filter(state => state === 'run').length === 2)
    host.signal('SIGKILL')
    await api.waitFor(events =>
      events.some(({ monitorKey, state }) => monitorKey === 'function' && state === 'fail'),
    )
    expect(statesOf(api.events('job'))).toEqual(['run'])
    writeFileSync(file, '')
    await api.waitFor(events =>
      events.some(({ monitorKey, state }) => monitorKey === 'job' && state === 'complete'),
    )
    expect(api.events('function')[1]?.params.get('message')).toBe(
      'the process ended before its function\nexit status 1',
    )
    await host.done
  })

  test('the output goes to a stream of the program, and standard input comes from one', async () => {
    const api = await apiForTest()
    const program = `
      const { PassThrough, Readable } = await import('node:stream')
      const out = new PassThrough()
      let bytes = 0
      out.on('data', chunk => bytes += chunk.length)
      const { kind } = await run('k', ['cat'], { stdin: Readable.from(['a'.repeat(1_000_000), 'b']), stdout: out })
      note([kind, bytes, out.writable])
      // A process in the background that holds the output is not waited for.
      const { stdout } = await run('k', ['sh', '-c', 'sleep 30 & echo $!'], { stdout: 'collect', stderr: 'collect' })
      process.kill(Number(stdout.text))
      note('over')`
    expect(await inHost(program, reportingTo(api))).toEqual([['exited', 1_000_001, true], 'over'])
  })

  test('a lock that is held is told, and nothing is reported', async () => {
    const api = await apiForTest()
    const program = `
      const { PassThrough } = await import('node:stream')
      const { once } = await import('node:events')
      const options = { lock: true, lockDir: '${tempDir('lock')}' }
      const [stdin, stdout] = [new PassThrough(), new PassThrough()]
      const first = run('first', 'echo started; read -r line', { ...options, lockName: 'one', stdin, stdout })
      await once(stdout, 'data')
      const { kind, status, state, events } = await run('second', ['true'], { ...options, lockName: 'one' })
      stdin.end('go on\\n')
      note([kind, status, state ?? null, events.kind, (await first).status])`
    expect(await inHost(program, reportingTo(api))).toEqual([['not-started', 75, null, 'not-sent', 0]])
    expect(api.events('second')).toEqual([])
  })
})
