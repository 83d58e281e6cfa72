/** Nothing that is shown has invisible characters, whatever a key, a path, a variable, a message or an answer contains. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { invisibleCharactersIn } from '../../support/invisible-characters.ts'
import { KEY } from '../../support/key.ts'
import { startMailReceiver, startWebhookReceiver } from '../../support/notification-receivers.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import type { RunResult } from '../../support/run.ts'
import { sendEvent } from '../../support/send-event.ts'
import { serve } from '../../support/serve.ts'
import { fillQueue } from '../../support/spool-state.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { apiForTest, cronitor, exec, linesOf, listening, reportingTo } from '../../support/wrapper.ts'

/** What a monitor key may hold: no control characters. */
const UNSEEN = 'x\u202egpj.\u2066\u200b\u00ad\u061c\u200f\u{e0041}'
const HOSTILE = `${UNSEEN}\ufeff\u001b]0;t\u0007\u001b[2J\u009b31m\b\u007f\u2028y`

function expectSeen(output: Buffer | string): void {
  expect(invisibleCharactersIn(String(output).replaceAll('\n', ''))).toEqual([])
}

/** What was given is there, so that the test does not pass since nothing was shown. */
function expectShown({ stdout, stderr }: RunResult, where: 'stdout' | 'stderr', lines = 1): void {
  expectSeen(stdout)
  expectSeen(stderr)
  const shown = where === 'stdout' ? stdout : stderr
  expect(String(shown)).toContain('x\ufffdgpj.\ufffd')
  if (where === 'stderr') expect(linesOf(stderr)).toHaveLength(lines)
}

const nowhere = () => reportingTo({ url: `http://127.0.0.1:${CLOSED_PORT}` })

describe('a wrong command line', () => {
  test.each([
    ['an option', [`--${HOSTILE}`]],
    ['an option of exec', ['exec', `--${HOSTILE}`, 'key', 'true']],
    ['a command', [HOSTILE]],
    ['a command of help', ['help', HOSTILE]],
    ['a word too many', ['ping', 'key', HOSTILE, '--ok']],
    ['a state', ['ping', 'key', '--state', HOSTILE]],
    ['a metric', ['ping', 'key', '--ok', '--metric', HOSTILE]],
    ['a command of spool', ['spool', HOSTILE]],
    ['an option of serve', ['serve', `--${HOSTILE}`]],
    ['an address', ['serve', '--port', '0', '--listen', HOSTILE]],
    ['an expectation', ['serve', '--expect', HOSTILE]],
    ['a folder', ['serve', '--data-dir', `/dev/null/${HOSTILE}`]],
    ['a file of keys', ['serve', '--api-key-file', `/${HOSTILE}`]],
    ['a certificate', ['serve', '--tls-cert', `/${HOSTILE}`, '--tls-key', '/x']],
    ['a file of expectations', ['serve', '--expect-file', `/${HOSTILE}`]],
    ['a state of runs', ['runs', '--state', HOSTILE]],
  ])('that names %s', async (_what, args) => {
    const result = await cronitor(args, nowhere())
    expect(result.status).toBeGreaterThan(0)
    expectSeen(result.stdout)
    expectSeen(result.stderr)
    expect(linesOf(result.stderr)).toHaveLength(1)
  })

  test('says what was given, as far as it can be seen', async () => {
    expectShown(await cronitor([`--${HOSTILE}`]), 'stderr')
    expectShown(await exec([UNSEEN], {}), 'stderr')
  })
})

describe('the wrapper', () => {
  test('with hostile values in its environment', async () => {
    for (const name of [
      'CRONITOR_API_KEY_FILE',
      'CRONITOR_CONFIG',
      'CRONITOR_LOG',
      'CRONITOR_SPOOL_DIR',
      'NODE_EXTRA_CA_CERTS',
    ]) {
      const result = await exec(['--no-output', 'key', 'true'], {
        ...reportingTo(await apiForTest()),
        ...(name === 'CRONITOR_API_KEY_FILE' && { CRONITOR_API_KEY: '' }),
        [name]: `/dev/null/${HOSTILE}`,
      })
      expect([name, result.status]).toEqual([name, 0])
      expectSeen(result.stderr)
      expect(String(result.stderr)).toMatch(/^cronitor-exec: ./)
    }
  })

  test('with a hostile command, key, series and log', async () => {
    const log = join(tempDir('log'), 'log')
    const env = { ...nowhere(), CRONITOR_DELIVER_WITHIN: '0s' }
    const result = await exec(
      ['--verbose', '--log', log, '--series', HOSTILE, UNSEEN, '--', `/nowhere/${HOSTILE}`, 'argument'],
      env,
    )
    expect(result.status).toBe(127)
    expectSeen(result.stdout)
    expectSeen(result.stderr)
    expect(String(result.stderr)).toContain('command not found: /nowhere/x\ufffdgpj.')
    const written = readFileSync(log, 'utf8')
    expectSeen(written)
    expect(written).toContain('x\ufffdgpj.')
  })
})

test('ping with a hostile key and --dry-run', async () => {
  const result = await cronitor(
    ['ping', UNSEEN, '--ok', '--msg', HOSTILE, '--dry-run', '--env', HOSTILE],
    nowhere(),
  )
  expect(result.status).toBe(0)
  expectSeen(result.stdout)
  expectSeen(result.stderr)
})

test('spool list, with hostile keys and errors, and the same as JSON', async () => {
  const spool = join(tempDir('spool'), 'spool')
  const [file = ''] = fillQueue(
    spool,
    [{ monitorKey: UNSEEN, series: HOSTILE, state: 'ok', metrics: [] }],
    KEY,
  )
  const text = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...text, lastProblem: HOSTILE }))
  const env = { CRONITOR_SPOOL_DIR: spool, CRONITOR_API_KEY: KEY }
  expectShown(await cronitor(['spool', 'list'], env), 'stdout')
  const json = await cronitor(['spool', 'list', '--json'], env)
  expectSeen(json.stdout)
  expect(JSON.parse(String(json.stdout))).toMatchObject([{ monitor: UNSEEN, series: HOSTILE }])
  expectSeen(
    (
      await cronitor(['spool', 'flush', '--verbose', '--deliver-within', '0s'], {
        ...nowhere(),
        ...env,
      })
    ).stderr,
  )
})

describe('cronitor runs', () => {
  test('with hostile runs, and the same as JSON', async () => {
    const server = await serve()
    const parameters = { series: HOSTILE, host: HOSTILE, env: HOSTILE, message: `${HOSTILE}\n${HOSTILE}` }
    expect(
      await sendEvent(server, encodeURIComponent(UNSEEN), { ...parameters, state: 'fail', status_code: '3' }),
    ).toBe(200)
    await server.printed(1)
    const env = reportingTo(server)
    const table = await cronitor(['runs'], env)
    expectShown(table, 'stdout')
    expect(linesOf(table.stdout)).toHaveLength(2)
    const json = await cronitor(['runs', '--json'], env)
    expectSeen(json.stdout)
    expect(JSON.parse(String(json.stdout))).toMatchObject({ monitor: UNSEEN, host: HOSTILE })
    expectShown(await cronitor(['runs', `no-${UNSEEN}`], env), 'stderr')

    // The server's own lines, its page and what it answers to programs.
    const { stdout, stderr } = server.running.output()
    expectSeen(stdout)
    expectSeen(stderr)
    expect(linesOf(stdout)).toHaveLength(2)
    for (const path of [
      '/',
      `/monitors/${encodeURIComponent(UNSEEN)}`,
      '/api/monitors',
      '/api/runs',
      '/api/events?after=0',
    ]) {
      const response = await server.send('GET', path)
      expect([path, response.status]).toEqual([path, 200])
      expectSeen((await response.text()).replaceAll('\t', ''))
    }
  })

  test('with a server that answers with hostile errors', async () => {
    const server = createServer((_, response) =>
      response.writeHead(418, { 'content-type': 'application/json' }).end(JSON.stringify({ error: HOSTILE })),
    )
    const url = await listening(server)
    expectShown(await cronitor(['runs'], reportingTo({ url })), 'stderr')
    server.closeAllConnections()
    server.close()
  })
})

test('notifications of serve have no invisible characters, by whichever channel', async () => {
  const [hook, mailHost, out] = [
    await startWebhookReceiver(),
    await startMailReceiver(),
    join(tempDir('out'), 'out'),
  ]
  const script = `env | grep -a -A9 ^CRONITOR_CHANGE_ > ${out}.new; mv ${out}.new ${out}`
  const server = await serve([
    ...['--notify-url', `http://127.0.0.1:${hook.port}/hook`],
    ...['--notify-command', JSON.stringify(['/bin/sh', '-c', script])],
    ...['--notify-mail', 'ops@example.org', '--smtp-url', `smtp://127.0.0.1:${mailHost.port}`],
    ...['--notify-from', 'cronitor@example.org'],
  ])
  const host = `${HOSTILE}\r\nBcc: someone@example.org`
  const message = `first ${HOSTILE}\nlast ${HOSTILE}`
  await sendEvent(server, encodeURIComponent(UNSEEN), {
    state: 'fail',
    series: HOSTILE,
    host,
    env: host,
    message,
  })

  await until('all are told', () => hook.bodies().length + mailHost.mails().length > 1 && existsSync(out))
  expect(hook.bodies()).toMatchObject([{ monitor: UNSEEN, host }])
  const [mail] = mailHost.mails()
  expect(mail?.bcc).toBeUndefined()
  expectSeen(mail?.subject ?? '')
  expectSeen(mail?.text ?? '')
  expect(mail?.text).toContain('x\ufffdgpj.')
  const variables = readFileSync(out, 'utf8')
  expectSeen(variables)
  expect(variables).toMatch(/^CRONITOR_CHANGE_HOST=x\ufffdgpj.* Bcc: someone/m)
  expectSeen(server.running.output().stderr)
})
