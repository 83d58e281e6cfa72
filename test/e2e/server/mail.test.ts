/** Mail to `cronitor serve`, sent by real clients, becomes an event. */

import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { describe, expect, onTestFinished, test } from 'vitest'
import { installationInto } from '../../support/installation.ts'
import { KEY } from '../../support/key.ts'
import { paths, type Running, start } from '../../support/run.ts'
import { talkTo } from '../../support/smtp-client.ts'
import { tempDir } from '../../support/temp.ts'
import { hasOpenssl, makeAuthority } from '../../support/tls.ts'
import { until } from '../../support/until.ts'
import { cronitor, linesOf } from '../../support/wrapper.ts'

interface Server {
  readonly url: string
  readonly running: Running
  /** Resolves with so many events, once they are there. */
  readonly events: (count: number) => Promise<Record<string, unknown>[]>
}

async function serve(flags: readonly string[] = [], program: string = paths.bin.cronitor): Promise<Server> {
  const running = start(
    [program, 'serve', '--port', '0', '--smtp-port', '0', '--json', '--no-limits', ...flags],
    {
      timeoutMs: 170_000,
    },
  )
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  const lines = () => linesOf(running.output().stdout)
  await until('both addresses are printed', () => lines().length >= 2)
  const { listening_smtp: url } = JSON.parse(lines()[1] ?? '')
  expect(url).toMatch(/^smtp:\/\/127\.0\.0\.1:[1-9]\d*$/)
  return {
    url,
    running,
    events: async count => {
      await until(`${count} events are printed`, () => lines().length >= 2 + count)
      return lines()
        .slice(2)
        .map(line => JSON.parse(line))
    },
  }
}

function keyFile(): string {
  const file = join(tempDir('keys'), 'keys')
  writeFileSync(file, `# ours\n${KEY}\n`, { mode: 0o600 })
  return file
}

async function send({ url }: Server, mail: SendMailOptions, more: object = {}): Promise<void> {
  const { hostname, port } = new URL(url)
  const transport = createTransport({ host: hostname, port: Number(port), ...more })
  try {
    await transport.sendMail({ from: 'job@here.example', ...mail })
  } finally {
    transport.close()
  }
}

test('text, HTML, and what headers say', async () => {
  const server = await serve(['--api-key-file', keyFile()])
  await send(server, {
    to: `${KEY}+nightly@cronitor.example`,
    subject: 'FAIL: nightly',
    text: `disk full\nkey ${KEY}`,
    headers: { 'X-Cronitor-Series': 's1', 'X-Cronitor-Status-Code': '3', 'X-Cronitor-Env': 'prod' },
    attachments: [{ filename: 'log', content: Buffer.alloc(300_000, 1) }],
  })
  await send(server, {
    to: `${KEY}+t%C3%A4glich@x.example`,
    subject: '[OK] fein',
    html: '<p>alles <b>grün</b></p>',
  })
  expect(await server.events(2)).toEqual([
    {
      time: expect.any(String),
      monitor: 'nightly',
      state: 'fail',
      series: 's1',
      status_code: 3,
      env: 'prod',
      metrics: [],
      message: 'disk full\nkey [redacted]',
    },
    { time: expect.any(String), monitor: 'täglich', state: 'ok', metrics: [], message: 'alles grün' },
  ])
  expect(String(server.running.output().stdout)).not.toContain(KEY)
})

test('a refused mail is reported to its sender, and nothing is printed', async () => {
  const server = await serve(['--api-key-file', keyFile()])
  const to = `${KEY}+a@x.example`
  await expect(send(server, { to, subject: 'hello' })).rejects.toMatchObject({
    responseCode: 550,
    response: '550 5.6.0 the subject must begin with run, complete, fail or ok',
  })
  await expect(send(server, { to: 'wrong+a@x.example', subject: 'ok' })).rejects.toMatchObject({
    responseCode: 550,
  })
  await expect(send(server, { to: 'a@x.example', subject: 'ok' })).rejects.toMatchObject({
    responseCode: 550,
  })
  await expect(
    send(server, { to, subject: 'ok', headers: { 'Auto-Submitted': 'auto-replied' } }),
  ).rejects.toMatchObject({ responseCode: 550 })
  await expect(send(server, { to, subject: 'ok', text: 'x'.repeat(1_100_000) })).rejects.toMatchObject({
    responseCode: 552,
  })
  await send(server, { to, subject: 'ok' })
  expect(await server.events(1)).toMatchObject([{ monitor: 'a', state: 'ok' }])
})

test('words and a state for subjects that name none', async () => {
  const server = await serve(['--smtp-fail-words', 'error, Failed', '--smtp-default-state', 'complete'])
  await send(server, { to: 'nas@x.example', subject: 'Backup FAILED to complete', text: 'no space' })
  await send(server, { to: 'nas@x.example', subject: 'Backup is done' })
  expect(await server.events(2)).toMatchObject([
    { monitor: 'nas', state: 'fail', message: 'no space' },
    { monitor: 'nas', state: 'complete', message: 'Backup is done' },
  ])
})

test.each(['--smtp-default-state=ok', '--smtp-fail-words=error'])(
  '%s alone is a wrong command line',
  async flag => {
    const { status, stderr } = await cronitor(['serve', '--port', '0', flag])
    expect(status).toBe(2)
    expect(String(stderr)).toContain('need --smtp-port')
  },
)

test('a port that is taken is one line on stderr and status 1', async () => {
  const port = new URL((await serve()).url).port
  const { status, stderr, stdout } = await cronitor(['serve', '--port', '0', '--smtp-port', port])
  expect(status).toBe(1)
  expect(String(stderr)).toBe(
    `cronitor: cannot listen on 127.0.0.1:${port}: another program listens there already (choose another port with --smtp-port; 0 is any free one)\n`,
  )
  expect(String(stdout)).toBe('')
})

describe.skipIf(!hasOpenssl())('with a certificate', () => {
  const certificate = () => {
    const folder = tempDir('tls')
    const authority = makeAuthority()
    const { key, cert } = authority.issue('IP:127.0.0.1')
    writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
    writeFileSync(join(folder, 'cert.pem'), cert)
    return {
      flags: ['--tls-cert', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem')],
      tls: { ca: readFileSync(authority.caFile) },
    }
  }

  test.each(['PLAIN', 'LOGIN'])('STARTTLS and AUTH %s: the key is in no address', async authMethod => {
    const { flags, tls } = certificate()
    const server = await serve(['--api-key-file', keyFile(), ...flags])
    const auth = { user: 'anybody', pass: KEY }
    await send(
      server,
      { to: 'team+nightly@x.example', subject: 'ok' },
      { requireTLS: true, tls, auth, authMethod },
    )
    expect(await server.events(1)).toMatchObject([{ monitor: 'team+nightly', state: 'ok' }])
  })

  test('what was said before TLS is forgotten', async () => {
    const { flags, tls } = certificate()
    const server = await serve(['--api-key-file', keyFile(), ...flags])
    const talk = await talkTo(server.url)
    expect(await talk.say('EHLO me')).toMatch(/STARTTLS/)
    // Commands behind STARTTLS in the same packet would run as if they had come encrypted.
    talk.write(
      `STARTTLS\r\nMAIL FROM:<x@y>\r\nRCPT TO:<${KEY}+smuggled@x>\r\nDATA\r\nSubject: ok\r\n\r\n.\r\n`,
    )
    expect(await talk.reply()).toMatch(/^220 /)
    talk.socket.end()
    await talk.closed
    await send(server, { to: `${KEY}+after@x.example`, subject: 'ok' }, { tls })
    expect(await server.events(1)).toMatchObject([{ monitor: 'after' }])
  })
})

function hasSwaks(): boolean {
  try {
    execFileSync('swaks', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!hasSwaks())('swaks', () => {
  const swaks = (server: Server, ...args: string[]) =>
    promisify(execFile)('swaks', ['--server', new URL(server.url).host, '--from', 'me@here.example', ...args])

  test('sends an event, with the key in the address and by AUTH', async () => {
    const server = await serve(['--api-key-file', keyFile()])
    await swaks(
      server,
      '--to',
      `${KEY}+nightly@x.example`,
      '--h-Subject',
      'Complete',
      '--body',
      'all is well',
    )
    const auth = ['--auth', 'PLAIN', '--auth-user', 'me', '--auth-password', KEY]
    await swaks(server, '--to', 'nightly@x.example', '--h-Subject', 'run', '--body', 'now', ...auth)
    expect(await server.events(2)).toMatchObject([
      { monitor: 'nightly', state: 'complete', message: 'all is well' },
      { monitor: 'nightly', state: 'run' },
    ])
  })

  test('gets an answer that says what is wrong', async () => {
    const server = await serve(['--api-key-file', keyFile()])
    // 24: no recipient was accepted.
    await expect(swaks(server, '--to', 'wrong+a@x.example')).rejects.toMatchObject({
      code: 24,
      stdout: expect.stringContaining('550 5.7.1 the API key is not accepted'),
    })
  })
})

test('the program needs no package for it but the one of the database', async () => {
  const installed = installationInto()
  for (const name of ['libsql', '@libsql', '@neon-rs', 'detect-libc']) {
    const link = join(installed, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    symlinkSync(join(paths.project, 'node_modules', name), link)
  }
  const server = await serve([], join(installed, 'bin/cronitor'))
  await send(server, { to: 'key+a@x.example', subject: 'ok', html: '<p>fine', encoding: 'base64' })
  expect(await server.events(1)).toMatchObject([{ monitor: 'a', message: 'fine' }])
})

test('TERM: mail that is under way is stored or refused, and the status is 0', async () => {
  const server = await serve()
  const talk = await talkTo(server.url)
  for (const line of ['EHLO me', 'MAIL FROM:<me@here>', 'RCPT TO:<key+a@x>', 'DATA']) await talk.say(line)
  talk.write('Subject: ok\r\n\r\nbefore the end')
  server.running.signal('SIGTERM')
  const { status } = await server.running.exited
  expect(status).toBe(0)
  expect(linesOf(server.running.output().stdout)).toHaveLength(2)
})

test.skipIf(process.platform !== 'linux')('large mails leave nothing behind', async () => {
  const server = await serve()
  const memory = () =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.running.pid}/status`, 'utf8'))?.[1])
  const attachments = [{ filename: 'a', content: Buffer.alloc(700_000, 7) }]
  const batch = async (from: number) =>
    await Promise.all(
      Array.from({ length: 10 }, (_, each) =>
        send(server, { to: `key+m${from + each}@x.example`, subject: 'ok', attachments }),
      ),
    )
  const after: number[] = []
  for (let from = 0; from < 360; from += 10) {
    await batch(from)
    after.push(memory())
  }
  expect(await server.events(360)).toHaveLength(360)
  // A garbage collector lets memory go up and down, by more than 100 MB within eight batches. The lowest values show what stays:
  // 240 mails of 1 MB come between the first ten and the last ten.
  expect(Math.min(...after.slice(-10)) - Math.min(...after.slice(2, 12))).toBeLessThan(100_000)
})
