import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { expect, onTestFinished, test } from 'vitest'
import { mailChannel } from '../../../src/server/notify/mail-channel.ts'
import { change } from './support.ts'

const never = new AbortController().signal

interface Mailbox {
  readonly port: number
  readonly mails: { readonly mail: ParsedMail; readonly to: string[]; readonly isSecure: boolean }[]
}

async function mailbox(options: SMTPServerOptions = {}): Promise<Mailbox> {
  const mails: Mailbox['mails'] = []
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onData: (stream, session, done) => {
      simpleParser(stream).then(mail => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        mails.push({ mail, to, isSecure: session.secure })
        done()
      }, done)
    },
    ...options,
  })
  server.on('error', () => {})
  const listening = server.listen(0, '127.0.0.1')
  await new Promise<void>(resolve => listening.once('listening', resolve))
  onTestFinished(() => new Promise<void>(resolve => server.close(resolve)))
  const address = listening.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, mails }
}

function channelTo(port: number, host = '127.0.0.1', auth?: { user: string; pass: string }) {
  return mailChannel({
    env: {},
    to: 'ops@example.org',
    from: 'cronitor@example.org',
    server: { host, port, secure: false, ...(auth && { auth }) },
  })
}

const run = {
  id: 1,
  monitorKey: 'nightly',
  state: 'failed',
  message: 'no space left ü\n.\nexit status 3',
} as const

test('a change is a mail that no server takes as an event', async () => {
  const { port, mails } = await mailbox()
  expect(await channelTo(port).deliver([change(1, { run })], never)).toEqual({ kind: 'delivered' })
  expect(mails).toHaveLength(1)
  const [{ mail, to } = {}] = mails
  expect(to).toEqual(['ops@example.org'])
  expect(mail?.subject).toBe('[cronitor] nightly is failing')
  expect(mail?.from?.text).toBe('cronitor@example.org')
  expect(mail?.headers.get('auto-submitted')).toBe('auto-generated')
  expect(mail?.text).toContain('no space left ü\n.\nexit status 3')
  expect(mail?.html).toBe(false)
})

test('many changes are one mail', async () => {
  const { port, mails } = await mailbox()
  const many = Array.from({ length: 999 }, (_, index) => change(index + 2, { monitorKey: `job-${index}` }))
  expect(await channelTo(port).deliver([change(1), ...many], never)).toEqual({ kind: 'delivered' })
  expect(mails.map(({ mail }) => mail.subject)).toEqual(['[cronitor] 1000 changes of 1000 monitors'])
  expect(mails[0]?.mail.text).toContain('job-998 is failing')
})

test('no text of a job or its key becomes a header or a recipient', async () => {
  const { port, mails } = await mailbox()
  const hostile = 'x\r\nBcc: evil@example.org\r\nX-Evil: 1\r\n\r\nbody <evil@example.org>'
  const told = change(1, {
    monitorKey: hostile,
    run: { ...run, series: hostile, host: hostile, message: hostile },
  })
  expect(await channelTo(port).deliver([told], never)).toEqual({ kind: 'delivered' })
  const [{ mail, to } = {}] = mails
  expect(to).toEqual(['ops@example.org'])
  expect([...(mail?.headers.keys() ?? [])].toSorted()).toEqual([
    'auto-submitted',
    'content-transfer-encoding',
    'content-type',
    'date',
    'from',
    'message-id',
    'mime-version',
    'subject',
    'to',
  ])
  expect(mail?.subject).toContain('Bcc: evil@example.org')
})

test.each([
  [451, 'failed'],
  [550, 'refused'],
] as const)('an answer of %i: %s, without the server’s text', async (responseCode, kind) => {
  const { port } = await mailbox({
    onRcptTo: (_address, _session, done) => done(Object.assign(new Error('secret text'), { responseCode })),
  })
  expect(await channelTo(port).deliver([change(1)], never)).toEqual({
    kind,
    problem: `127.0.0.1:${port} answered ${responseCode}`,
  })
})

test('a wrong password is a refusal that does not quote it', async () => {
  const { port } = await mailbox({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) =>
      password === 'right' ? done(null, { user: 'me' }) : done(new Error(`not ${password}`)),
  })
  expect(
    await channelTo(port, '127.0.0.1', { user: 'me', pass: 'right' }).deliver([change(1)], never),
  ).toEqual({
    kind: 'delivered',
  })
  expect(
    await channelTo(port, '127.0.0.1', { user: 'me', pass: 'secret' }).deliver([change(1)], never),
  ).toEqual({
    kind: 'refused',
    problem: `127.0.0.1:${port} answered 535 to the user name and password`,
  })
})

test('a server that is down, or hangs up, is a failure', async () => {
  expect(await channelTo(1).deliver([change(1)], never)).toEqual({
    kind: 'failed',
    problem: 'no mail could be sent through 127.0.0.1:1 (ESOCKET)',
  })
  const { port } = await mailbox({ onData: () => {} })
  const abort = new AbortController()
  const hanging = channelTo(port).deliver([change(1)], abort.signal)
  abort.abort()
  expect(await hanging).toMatchObject({ kind: 'failed' })
})

test('on this host mail is sent without TLS; elsewhere a certificate of an unknown authority is refused', async () => {
  // smtp-server offers STARTTLS with a certificate of its own.
  const here = await mailbox()
  expect(await channelTo(here.port).deliver([change(1)], never)).toEqual({ kind: 'delivered' })
  expect(here.mails[0]?.isSecure).toBe(false)
  // 127.0.0.1 by a name that does not look like it.
  const there = await channelTo(here.port, '0x7f000001').deliver([change(2)], never)
  expect(there).toMatchObject({ kind: 'failed' })
  expect(here.mails).toHaveLength(1)
})

test('a password is sent to another host only over TLS', async () => {
  const { port, mails } = await mailbox({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(null, { user: 'me' }),
  })
  const auth = { user: 'me', pass: 'secret' }
  expect(await channelTo(port, '0x7f000001', auth).deliver([change(1)], never)).not.toEqual({
    kind: 'delivered',
  })
  expect(await channelTo(port, '0x7f000001').deliver([change(2)], never)).toEqual({ kind: 'delivered' })
  expect(mails).toHaveLength(1)
})
