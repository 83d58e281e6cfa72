/** `cronitor serve --expect`: monitors that are late, and files that are read anew. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ALIVE_CURSOR } from '../../../src/server/monitors/last-alive.ts'
import { openStoreInThread } from '../../../src/server/store/open-store.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../support/notification-receivers.ts'
import { paths, type Running, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { cronitor, linesOf } from '../../support/wrapper.ts'

interface Server {
  readonly url: string
  readonly running: Running
  readonly send: (monitor: string, state: string, query?: string) => Promise<unknown>
  readonly stderr: () => string[]
}

async function serve(dataDir: string, webhook: WebhookReceiver, ...flags: string[]): Promise<Server> {
  const notify = ['--notify-url', `http://127.0.0.1:${webhook.port}/`]
  const argv = [
    paths.bin.cronitor,
    'serve',
    '--port',
    '0',
    '--no-limits',
    '--data-dir',
    dataDir,
    ...notify,
    ...flags,
  ]
  const running = start(argv, { timeoutMs: 170_000 })
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  await until('the address is printed', () => String(running.output().stdout).includes('\n'))
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(running.output().stdout))?.[0] ?? ''
  return {
    url,
    running,
    send: (monitor, state, query = '') => fetch(`${url}/p/some-key/${monitor}?state=${state}${query}`),
    stderr: () => linesOf(running.output().stderr),
  }
}

const changesIn = (webhook: WebhookReceiver) =>
  webhook.bodies().map(({ monitor, from, to }) => `${monitor}: ${from} → ${to}`)

async function notified(webhook: WebhookReceiver, count: number): Promise<string[]> {
  await until(`${count} are sent`, () => webhook.bodies().length >= count)
  return changesIn(webhook)
}

test('a monitor is late once, comes back with a success, and is late again', async () => {
  const webhook = await startWebhookReceiver()
  const server = await serve(
    tempDir('data'),
    webhook,
    '--expect',
    'a=b=every 1s',
    '--expect',
    'other=every 1h',
  )
  expect(await notified(webhook, 1)).toEqual(['a=b: unknown → late'])
  await server.send('a=b', 'fail')
  await server.send('a=b', 'complete')
  expect(await notified(webhook, 4)).toEqual([
    'a=b: unknown → late',
    'a=b: late → failing',
    'a=b: failing → healthy',
    'a=b: healthy → late',
  ])
  expect(server.stderr()).toEqual([])
})

test('what became due while the server was away is late once after the restart', async () => {
  const webhook = await startWebhookReceiver()
  const data = tempDir('data')
  const expectation = ['--expect', 'nightly=every 1500ms']
  const first = await serve(data, webhook, ...expectation)
  await first.send('nightly', 'complete')
  first.running.signal('SIGTERM')
  await first.running.exited
  await new Promise(resolve => setTimeout(resolve, 1500))
  const second = await serve(data, webhook, ...expectation, '--expect', 'marker=every 1s')
  await until('the marker is sent', () => changesIn(webhook).includes('marker: unknown → late'))
  expect(changesIn(webhook).filter(line => line === 'nightly: healthy → late')).toHaveLength(1)
  second.running.signal('SIGTERM')
  expect((await second.running.exited).status).toBe(0)
})

describe('after a time without a running server', () => {
  /** A server, its end, and an hour that only the database knows of. */
  async function awayForAnHour(data: string, webhook: WebhookReceiver, ...flags: string[]): Promise<void> {
    const server = await serve(data, webhook, ...flags)
    await server.send('nightly', 'complete')
    server.running.signal('SIGTERM')
    await server.running.exited
    const store = await openStoreInThread(join(data, 'cronitor.db'))
    expect(Date.now() - (await store.cursor(ALIVE_CURSOR))).toBeLessThan(30_000)
    await store.setCursor(ALIVE_CURSOR, Date.now() - 3_600_000)
    await store.close()
  }

  test('no monitor is late before the delayed events have arrived, and the server says so', async () => {
    const webhook = await startWebhookReceiver()
    const data = tempDir('data')
    const flags = ['--expect', 'nightly=every 1s', '--expect', 'other=every 1s']
    await awayForAnHour(data, webhook, '--expect', 'nightly=every 1h', '--expect', 'other=every 1h')
    const server = await serve(data, webhook, ...flags)
    await new Promise(resolve => setTimeout(resolve, 2000))
    const stamp = Math.round(Date.now() / 1000) - 1800
    await server.send('nightly', 'complete', `&stamp=${stamp}`)
    await server.send('other', 'fail', `&stamp=${stamp}`)
    await until('the failure is sent', () => webhook.bodies().length > 0)
    expect(changesIn(webhook)).toEqual(['other: unknown → failing'])
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('\ncronitor_lateness_suspended 1\n')
    expect(server.stderr()).toEqual([
      'cronitor: was not running for 1 h; no monitor becomes late or overrunning until delayed events have arrived, in 2 to 20 minutes',
    ])
  })

  test('a server that ends in that pause does not hide it from the next one', async () => {
    const webhook = await startWebhookReceiver()
    const data = tempDir('data')
    const flags = ['--expect', 'nightly=every 1h']
    await awayForAnHour(data, webhook, ...flags)
    const second = await serve(data, webhook, ...flags)
    second.running.signal('SIGTERM')
    await second.running.exited
    const third = await serve(data, webhook, ...flags)
    await until('there is a warning', () => third.stderr().length > 0)
    expect(third.stderr()).toEqual([expect.stringMatching(/^cronitor: was not running for 1 h/)])
  })
})

test('SIGHUP reloads the file; if it is wrong, the previous expectations stay in force', async () => {
  const webhook = await startWebhookReceiver()
  const file = join(tempDir('expect'), 'expect')
  writeFileSync(file, '# nothing is due soon\nnightly=every 25h\n')
  const server = await serve(tempDir('data'), webhook, '--expect-file', file, '--expect', 'fixed=every 2h')

  writeFileSync(file, 'first=every 1s\n\nbroken\n')
  server.running.signal('SIGHUP')
  await until('there is a warning', () => server.stderr().length === 1)
  expect(server.stderr()[0]).toMatch(
    /^cronitor: --expect-file \S+, line 3: expected .*; the previous expectations stay in force$/,
  )

  writeFileSync(file, 'second=every 1s # soon\n')
  server.running.signal('SIGHUP')
  expect(await notified(webhook, 1)).toEqual(['second: unknown → late'])

  // Of what is expected no more, nothing is late.
  writeFileSync(file, 'third=every 1s\n')
  server.running.signal('SIGHUP')
  expect(await notified(webhook, 3)).toEqual(
    expect.arrayContaining(['second: late → unknown', 'third: unknown → late']),
  )
  expect(server.stderr()).toHaveLength(1)
})

test.each([
  [['--expect', 'nightly'], 2, /--expect.*nightly-backup=every 25h/],
  [['--expect', 'nightly=every 1h', '--expect', 'x=every day'], 2, /--expect.*duration/],
  [['--expect-file', '/no/such/file'], 1, /^cronitor: --expect-file \/no\/such\/file does not exist$/],
])('%j: status %i and one line', async (flags, wanted, problem) => {
  const { status, stdout, stderr } = await cronitor([
    'serve',
    '--port',
    '0',
    '--data-dir',
    tempDir('data'),
    ...flags,
  ])
  expect(status).toBe(wanted)
  expect(String(stdout)).toBe('')
  expect(linesOf(stderr)).toEqual([expect.stringMatching(problem)])
})

test('a file that is broken at the start: status 1, and the line is named', async () => {
  const file = join(tempDir('expect'), 'expect')
  writeFileSync(file, 'nightly=every 25h\nnightly=every 26h\n')
  const args = ['serve', '--port', '0', '--data-dir', tempDir('data'), '--expect-file', file]
  const { status, stderr } = await cronitor(args)
  expect(status).toBe(1)
  expect(linesOf(stderr)).toEqual([
    `cronitor: --expect-file ${file}, line 2: an earlier line has the same monitor`,
  ])
})
