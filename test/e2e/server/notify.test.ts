/** `cronitor serve` sends notifications by POST, by a command and by mail, also if either side restarts. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startMailReceiver, startWebhookReceiver } from '../../support/notification-receivers.ts'
import { paths, type Running, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { checked } from '../../support/validating-proxy.ts'
import { cronitor, exec, linesOf, reportingTo } from '../../support/wrapper.ts'

interface Server {
  readonly url: string
  readonly running: Running
  /** Each `state` of a monitor in turn; resolves once all are stored. */
  readonly send: (monitor: string, ...states: string[]) => Promise<void>
  readonly stderr: () => string[]
  /** TERM, and the exit status. */
  readonly stop: () => Promise<number | null>
}

async function serve(dataDir: string, ...flags: string[]): Promise<Server> {
  return serveWith({}, dataDir, ...flags)
}

async function serveWith(env: Record<string, string>, dataDir: string, ...flags: string[]): Promise<Server> {
  const argv = [
    paths.bin.cronitor,
    'serve',
    '--port',
    '0',
    '--strict',
    '--no-limits',
    '--data-dir',
    dataDir,
    ...flags,
  ]
  const running = start(argv, { env, timeoutMs: 170_000 })
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  await until('the address is printed', () => String(running.output().stdout).includes('\n'))
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(running.output().stdout))?.[0] ?? ''
  return {
    url,
    running,
    send: async (monitor, ...states) => {
      for (const state of states) {
        const { status } = await fetch(`${url}/p/some-key/${monitor}?state=${state}`)
        if (status !== 200) throw new Error(`status ${status}`)
      }
    },
    stderr: () => linesOf(running.output().stderr),
    stop: async () => {
      running.signal('SIGTERM')
      return (await running.exited).status
    },
  }
}

const changesIn = (bodies: readonly Record<string, unknown>[]) =>
  bodies.map(({ monitor, from, to }) => `${monitor}: ${from} → ${to}`)

/** A program that writes a line for each change to `out`, beside it. */
function recorder(): { program: string; lines: () => string[] } {
  const folder = tempDir('recorder')
  const program = join(folder, 'record')
  const line = '$CRONITOR_CHANGE_MONITOR: $CRONITOR_CHANGE_FROM → $CRONITOR_CHANGE_TO'
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "${line}" >> ${folder}/out\n`)
  chmodSync(program, 0o755)
  const out = join(folder, 'out')
  return { program, lines: () => (existsSync(out) ? linesOf(readFileSync(out)) : []) }
}

test('fail, fail, fail, complete, complete are two notifications by each way', async () => {
  const [webhook, mailHost, command] = [await startWebhookReceiver(), await startMailReceiver(), recorder()]
  const server = await serve(
    tempDir('data'),
    ...['--notify-url', `http://127.0.0.1:${webhook.port}/webhook`],
    ...['--notify-command', command.program],
    ...['--notify-mail', 'ops@example.org', '--smtp-url', `smtp://127.0.0.1:${mailHost.port}`],
    ...['--notify-from', 'cronitor@example.org'],
  )
  await server.send('nightly', 'fail', 'fail', 'fail', 'complete', 'complete')
  // What comes last shows that nothing more came before it.
  await server.send('marker', 'fail')
  await until('all are sent', () =>
    [webhook.bodies(), mailHost.mails(), command.lines()].every(all => all.length > 2),
  )

  const expected = ['nightly: unknown → failing', 'nightly: failing → healthy', 'marker: unknown → failing']
  expect(changesIn(webhook.bodies())).toEqual(expected)
  expect(command.lines()).toEqual(expected)
  expect(mailHost.mails().map(({ subject }) => subject)).toEqual([
    '[cronitor] nightly is failing',
    '[cronitor] nightly is healthy again',
    '[cronitor] marker is failing',
  ])
  expect(mailHost.mails()[0]?.headers.get('auto-submitted')).toBe('auto-generated')
  expect(await server.stop()).toBe(0)
  expect(server.stderr()).toEqual([])
})

test('the notification of a failed job has the job’s output', async () => {
  const webhook = await startWebhookReceiver()
  const server = await serve(tempDir('data'), '--notify-url', `http://127.0.0.1:${webhook.port}/`)
  const env = reportingTo(await checked(server), { CRONITOR_ENV: 'prod', CRONITOR_HOSTNAME: 'db1' })
  await exec(['--series', 's1', 'nightly', 'echo "no space left"; exit 3'], env)
  await until('it is sent', () => webhook.bodies().length > 0)
  expect(webhook.bodies()).toEqual([
    {
      text: 'nightly is failing in prod: no space left · exit status 3',
      id: 1,
      monitor: 'nightly',
      from: 'unknown',
      to: 'failing',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      again: false,
      since: webhook.bodies()[0]?.at,
      reason: null,
      rule: null,
      due_at: null,
      state: 'failed',
      series: 's1',
      host: 'db1',
      env: 'prod',
      status_code: 3,
      duration: expect.any(Number),
      message: 'no space left\nexit status 3',
    },
  ])
})

test('ok resets the monitor, with one notification', async () => {
  const webhook = await startWebhookReceiver()
  const server = await serve(tempDir('data'), '--notify-url', `http://127.0.0.1:${webhook.port}/`)
  await server.send('nightly', 'complete', 'fail', 'ok', 'ok', 'complete')
  await server.send('marker', 'fail')
  await until('all are sent', () => webhook.bodies().length > 2)
  expect(changesIn(webhook.bodies())).toEqual([
    'nightly: healthy → failing',
    'nightly: failing → healthy',
    'marker: unknown → failing',
  ])
  expect(webhook.bodies()[1]).toMatchObject({ state: null, message: null })
})

test('1,000 failures of one monitor are one notification', async () => {
  const webhook = await startWebhookReceiver()
  const server = await serve(tempDir('data'), '--notify-url', `http://127.0.0.1:${webhook.port}/`)
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 50 }, () => server.send('nightly', 'fail')))
  }
  await server.send('marker', 'fail')
  await until('the last is sent', () => changesIn(webhook.bodies()).includes('marker: unknown → failing'))
  expect(changesIn(webhook.bodies())).toEqual(['nightly: unknown → failing', 'marker: unknown → failing'])
  expect(webhook.requests()).toBe(2)
})

describe('a receiver that is down', () => {
  test('gets all notifications once and in order when it is up again, and delays no other channel', async () => {
    const first = await startWebhookReceiver()
    const { port } = first
    await first.close()
    const command = recorder()
    const server = await serve(
      tempDir('data'),
      ...['--notify-url', `http://me:hidden-word@127.0.0.1:${port}/hidden-word?hidden-word`],
      ...['--notify-command', command.program],
    )
    await server.send('a', 'fail', 'complete')
    await server.send('b', 'fail')
    const expected = ['a: unknown → failing', 'a: failing → healthy', 'b: unknown → failing']
    await until('the command was sent', () => command.lines().length === 3)
    expect(command.lines()).toEqual(expected)
    await until('there is a warning', () => server.stderr().length > 0)

    const second = await startWebhookReceiver(port)
    await until('all are sent', () => second.bodies().length === 3)
    expect(changesIn(second.bodies())).toEqual(expected)
    expect(second.requests()).toBe(3)
    expect(server.stderr()).toEqual([
      `cronitor: --notify-url http://127.0.0.1:${port}: connection refused by 127.0.0.1:${port}; it will be retried for 24 hours`,
    ])
  })

  test('or refuses is not asked again, and the warning has no secret', async () => {
    const webhook = await startWebhookReceiver()
    webhook.respond = response => {
      if (webhook.requests() === 1) response.writeHead(410).end()
      else if (webhook.requests() === 2)
        response.writeHead(302, { location: `http://127.0.0.1:${webhook.port}/x` }).end()
      else response.writeHead(204).end()
    }
    const server = await serve(
      tempDir('data'),
      '--notify-url',
      `http://127.0.0.1:${webhook.port}/hidden-word`,
    )
    await server.send('a', 'fail', 'complete', 'fail')
    await until('the last is sent', () => webhook.bodies().length === 1)
    expect(changesIn(webhook.bodies())).toEqual(['a: healthy → failing'])
    expect(webhook.requests()).toBe(3)
    const name = `cronitor: --notify-url http://127.0.0.1:${webhook.port}`
    expect(server.stderr()).toEqual([
      `${name}: HTTP status 410; 1 notification was dropped`,
      `${name}: HTTP status 302, a redirect, which is not followed; 1 notification was dropped`,
    ])
  })
})

test('a restart of the server, by TERM or KILL, neither loses nor repeats a notification', async () => {
  const data = tempDir('data')
  const first = await startWebhookReceiver()
  const flags = ['--notify-url', `http://127.0.0.1:${first.port}/`]
  const one = await serve(data, ...flags)
  await one.send('a', 'fail')
  await until('the first is sent', () => first.bodies().length === 1)
  await first.close()
  await one.send('b', 'fail')
  await one.send('a', 'complete')
  expect(await one.stop()).toBe(0)

  const two = await serve(data, ...flags)
  await two.send('c', 'fail')
  two.running.signalGroup('SIGKILL')
  await two.running.exited

  const second = await startWebhookReceiver(first.port)
  const three = await serve(data, ...flags)
  await three.send('d', 'fail')
  await until('the others are sent', () => second.bodies().length === 4)
  expect(changesIn(second.bodies())).toEqual([
    'b: unknown → failing',
    'a: failing → healthy',
    'c: unknown → failing',
    'd: unknown → failing',
  ])
  expect(second.requests()).toBe(4)
  expect(await three.stop()).toBe(0)
})

test('a new channel gets no earlier changes', async () => {
  const data = tempDir('data')
  const before = await serve(data)
  await before.send('old', 'fail')
  await before.stop()
  const webhook = await startWebhookReceiver()
  const server = await serve(data, '--notify-url', `http://127.0.0.1:${webhook.port}/`)
  await server.send('new', 'fail')
  await until('it is sent', () => webhook.bodies().length > 0)
  expect(changesIn(webhook.bodies())).toEqual(['new: unknown → failing'])
})

describe('of 40 changes at once', () => {
  const jobs = Array.from({ length: 40 }, (_, index) => `job-${index}`)

  /**
   * A folder in which 40 changes wait for the channels of these flags. If they came one by one to a server that tells them, a
   * machine that stands still for ten seconds in between would make other messages of them.
   */
  async function waitingFor(...flags: string[]): Promise<string> {
    const data = tempDir('data')
    await (await serve(data, ...flags)).stop()
    const server = await serve(data)
    await Promise.all(jobs.map(job => server.send(job, 'fail')))
    await server.stop()
    return data
  }

  test('four are sent singly and 36 as one message, by each way', async () => {
    const [webhook, mailHost] = [await startWebhookReceiver(), await startMailReceiver()]
    const folder = tempDir('command')
    const script = `cat >> ${folder}/json; echo "$CRONITOR_CHANGE_COUNT $CRONITOR_CHANGE_MONITOR" >> ${folder}/counts`
    const flags = [
      ...['--notify-url', `http://127.0.0.1:${webhook.port}/`],
      ...['--notify-command', JSON.stringify(['/bin/sh', '-c', script])],
      ...['--notify-mail', 'ops@example.org', '--smtp-url', `smtp://127.0.0.1:${mailHost.port}`],
    ]
    const server = await serve(await waitingFor(...flags), ...flags)
    const linesIn = (name: string) =>
      existsSync(join(folder, name)) ? linesOf(readFileSync(join(folder, name))) : []
    await until('all are sent', () =>
      [webhook.bodies(), mailHost.mails(), linesIn('counts')].every(({ length }) => length === 5),
    )

    const bodies = webhook.bodies()
    const singles = bodies.slice(0, 4)
    const bundle = bodies[4] as { text: string; changes: Record<string, unknown>[] }
    expect(singles.map(({ text, monitor }) => text === `${monitor} is failing`)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(Object.keys(bundle)).toEqual(['text', 'changes'])
    expect(bundle.text).toMatch(/^36 changes:\njob-\d+ is failing\n/)
    expect(Object.keys(bundle.changes[0] ?? {})).toEqual(Object.keys(singles[0] ?? {}))
    expect([...singles, ...bundle.changes].map(({ id }) => id)).toEqual(jobs.map((_, index) => index + 1))

    expect(mailHost.mails()[4]?.subject).toBe('[cronitor] 36 changes of 36 monitors')
    expect(mailHost.mails()[4]?.text?.match(/job-\d+ is failing/g)).toHaveLength(36)
    expect(linesIn('counts')).toEqual([...singles.map(({ monitor }) => `1 ${monitor}`), '36 '])
    expect(linesIn('json').map(line => JSON.parse(line))).toEqual(bodies)
    expect(await server.stop()).toBe(0)
    expect(server.stderr()).toEqual([])
  })

  test('those that wait are sent when the server is stopped', async () => {
    const webhook = await startWebhookReceiver()
    const flags = ['--notify-url', `http://127.0.0.1:${webhook.port}/`]
    const server = await serve(await waitingFor(...flags), ...flags)
    await until('the first are sent', () => webhook.bodies().length >= 4)
    const begun = performance.now()
    expect(await server.stop()).toBe(0)
    // It waits for three seconds. If this process, which is the receiver, was held up for longer, they wait for the next start.
    if (performance.now() - begun < 3000)
      expect(webhook.bodies()[4]).toMatchObject({ changes: { length: 36 } })
  })

  test('those that wait are sent after the next start if the server is killed', async () => {
    const webhook = await startWebhookReceiver()
    const flags = ['--notify-url', `http://127.0.0.1:${webhook.port}/`]
    const data = await waitingFor(...flags)
    const before = await serve(data, ...flags)
    await until('the first are sent', () => webhook.bodies().length >= 4)
    before.running.signalGroup('SIGKILL')
    await before.running.exited
    await serve(data, ...flags)
    const ids = () =>
      webhook
        .bodies()
        .flatMap(body => (Array.isArray(body.changes) ? body.changes : [body]).map(({ id }) => id))
    await until('all are sent', () => new Set(ids()).size === 40)
    expect(ids().slice(-36)).toEqual(Array.from({ length: 36 }, (_, index) => index + 5))
  })

  test('all are sent, 36 of them as one message, when a receiver is up again', async () => {
    const first = await startWebhookReceiver()
    await first.close()
    const server = await serve(tempDir('data'), '--notify-url', `http://127.0.0.1:${first.port}/`)
    await Promise.all(jobs.map(job => server.send(job, 'fail')))
    await until('there is a warning', () => server.stderr().length > 0)
    const second = await startWebhookReceiver(first.port)
    await until('all are sent', () => second.bodies().length === 5)
    expect(second.bodies()[4]).toMatchObject({ changes: { length: 36 } })
    expect(second.requests()).toBe(5)
  })
})

describe('a command', () => {
  test('gets hostile output as data', async () => {
    const folder = tempDir('hostile')
    const script = `printf %s "$CRONITOR_CHANGE_MESSAGE" > ${folder}/new && mv ${folder}/new ${folder}/out`
    const server = await serve(
      tempDir('data'),
      ...['--notify-command', JSON.stringify(['/bin/sh', '-c', script])],
    )
    const message = `$(touch ${folder}/x) \`touch ${folder}/x\`\n"; touch ${folder}/x #'\0\x1b]0;title\x07end`
    const query = new URLSearchParams({ state: 'fail', message })
    expect((await fetch(`${server.url}/p/some-key/nightly?${query}`)).status).toBe(200)
    await until('it has run', () => existsSync(join(folder, 'out')))
    expect(readFileSync(join(folder, 'out'), 'utf8')).toMatch(
      /^\$\(touch \S+\) `touch \S+`\n"; touch \S+ #'\ufffd?end$/,
    )
    expect(existsSync(join(folder, 'x'))).toBe(false)
  })

  test('that fails is run again, and says so once; what it prints is on stderr', async () => {
    const folder = tempDir('again')
    // A run is counted once it is decided whether it fails.
    const script = `echo printed; test -e ${folder}/up; s=$?; echo >> ${folder}/runs; exit $s`
    const server = await serve(
      tempDir('data'),
      ...['--notify-command', JSON.stringify(['/bin/sh', '-c', script])],
    )
    await server.send('nightly', 'fail')
    const runs = () => (existsSync(`${folder}/runs`) ? readFileSync(`${folder}/runs`).length : 0)
    await until('it has run twice', () => runs() > 1)
    writeFileSync(join(folder, 'up'), '')
    const before = runs()
    await until('it has run again', () => runs() > before)
    await server.stop()
    expect(server.stderr().filter(line => line !== 'printed')).toEqual([
      'cronitor: --notify-command /bin/sh: exit status 1; it will be retried for 24 hours',
    ])
    expect(server.stderr()).toContain('printed')
    expect(String(server.running.output().stdout)).not.toContain('printed')
  })

  test('has the environment that the server was given, and the facts', async () => {
    const folder = tempDir('environment')
    const script = `env > ${folder}/new; mv ${folder}/new ${folder}/out`
    const server = await serveWith(
      { GIVEN: 'as it is' },
      tempDir('data'),
      ...['--notify-command', JSON.stringify(['/bin/sh', '-c', script])],
    )
    await server.send('nightly', 'fail')
    await until('it has run', () => existsSync(join(folder, 'out')))
    const lines = linesOf(readFileSync(join(folder, 'out')))
    expect(lines).toEqual(expect.arrayContaining(['GIVEN=as it is', 'CRONITOR_CHANGE_TO=failing']))
    expect(lines.filter(line => line.startsWith('_CRONITOR'))).toEqual([])
  })

  test('that is missing is a warning, and the server goes on', async () => {
    const server = await serve(tempDir('data'), '--notify-command', '/no/such/program')
    await server.send('nightly', 'fail')
    await until('there is a warning', () => server.stderr().length > 0)
    expect(server.stderr()[0]).toMatch(
      /^cronitor: --notify-command \/no\/such\/program: there is no such program/,
    )
    await server.send('nightly', 'complete')
    expect(await server.stop()).toBe(0)
  })

  test('that is under way at TERM has a short time', async () => {
    const folder = tempDir('slow')
    const script = `echo > ${folder}/begun; sleep 600`
    const server = await serve(
      tempDir('data'),
      ...['--notify-command', JSON.stringify(['/bin/sh', '-c', script])],
    )
    await server.send('nightly', 'fail')
    await until('it has begun', () => existsSync(join(folder, 'begun')))
    expect(await server.stop()).toBe(0)
    expect(server.stderr()).toEqual([])
  })
})

test.each([
  [['--notify-url', 'ftp://hidden-word@x/'], /--notify-url.*http/],
  [['--notify-command', '["hidden-word"'], /--notify-command.*JSON/],
  [['--notify-mail', 'hidden-word'], /--notify-mail.*address/],
  [['--notify-mail', 'a@b'], /--notify-mail needs a mail server: --smtp-url/],
  [['--smtp-url', 'http://hidden-word@x'], /--smtp-url.*mail server/],
])('%j is a wrong command line, and the error leaves out its value', async (flags, problem) => {
  const { status, stdout, stderr } = await cronitor([
    'serve',
    '--port',
    '0',
    '--data-dir',
    tempDir('data'),
    ...flags,
  ])
  expect(status).toBe(2)
  expect(String(stdout)).toBe('')
  expect(linesOf(stderr)).toEqual([expect.stringMatching(problem)])
  expect(String(stderr)).not.toContain('hidden-word')
})
