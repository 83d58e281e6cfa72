/** What SMTP says, line by line, to clients that do as they please. */

import fc from 'fast-check'
import { createTransport } from 'nodemailer'
import { describe, expect, test } from 'vitest'
import { createRateLimits } from '../../../src/server/ingest/rate-limits.ts'
import { createKeyRedactor } from '../../../src/server/ingest/redact-keys.ts'
import { type Talk, talkTo } from '../../support/smtp-client.ts'
import { trusted } from '../../support/trusted-proxies.ts'
import { envelope, KEY, keyRing, mailServer } from './support.ts'

/** The last reply. */
async function sayAll(talk: Talk, lines: readonly string[]): Promise<string> {
  let reply = ''
  for (const line of lines) reply = await talk.say(line)
  return reply
}

async function send(talk: Talk, recipients: readonly string[], mail: string): Promise<string> {
  expect(await sayAll(talk, envelope(...recipients))).toMatch(/^354 /)
  return await talk.say(`${mail}\r\n.`)
}

const plain = (key: string) => `AUTH PLAIN ${Buffer.from(`\0anybody\0${key}`).toString('base64')}`

test('a mail is an event', async () => {
  const server = await mailServer()
  const talk = await talkTo(server.url)
  expect(await send(talk, [`${KEY}+nightly@any.host`], 'Subject: FAIL\r\n\r\ndisk full')).toBe(
    '250 2.6.0 recorded as fail',
  )
  expect(server.events).toEqual([
    { receivedAt: 1234, monitorKey: 'nightly', state: 'fail', metrics: [], message: 'disk full' },
  ])
})

test('keys of other senders are not stored, nor half of one at the cut of a long text', async () => {
  const redactor = createKeyRedactor(['key-of-another-sender'])
  const server = await mailServer({ redactor })
  const talk = await talkTo(server.url)
  for (const length of [10, 1950, 1960, 1970, 1975, 1980]) {
    const text = `key-of-another-sender${'='.repeat(length)}`.replace(/(.{60})(?=.)/g, '$1\r\n')
    await send(
      talk,
      [`${KEY}+nightly@any.host`],
      `Subject: fail\r\nX-Cronitor-Env: key-of-another-sender\r\n\r\n${text}`,
    )
  }
  expect(server.events).toHaveLength(6)
  for (const { message, env } of server.events) {
    expect(message).not.toMatch(/[a-z]=/)
    expect(env).toBe('[redacted]')
  }
})

test('refusals are counted with the code of the reply and the reason', async () => {
  const counted: string[] = []
  const server = await mailServer({
    keys: keyRing,
    limits: createRateLimits(),
    refusals: {
      count: ({ status, reason, details }) => counted.push(`${status} ${reason} ${details?.monitorKey}`),
    },
  })
  const talk = await talkTo(server.url)
  await sayAll(talk, ['EHLO me', 'MAIL FROM:<>', 'MAIL FROM:<me@here>'])
  await sayAll(talk, ['RCPT TO:<wrong+job@x>', 'RCPT TO:<job@x>', plain('a-wrong-key')])
  for (let count = 0; count < 11; count += 1) await talk.say(`RCPT TO:<${KEY}+job@x>`)
  expect(counted).toEqual([
    '550 automatic_mail undefined',
    '550 unknown_key job',
    '550 no_key job',
    '535 unknown_key undefined',
    '451 rate_limit job',
  ])
})

test('the greeting announces the capabilities', async () => {
  const talk = await talkTo((await mailServer()).url)
  const lines = (await talk.say('EHLO me')).split('\n').map(line => line.slice(4))
  expect(lines.slice(1)).toEqual(['PIPELINING', '8BITMIME', 'SMTPUTF8', 'AUTH PLAIN LOGIN', 'SIZE 1048576'])
})

test('a real client, with text, HTML and an attachment', async () => {
  const server = await mailServer()
  const transport = createTransport(server.url)
  await transport.sendMail({
    from: 'me@here.example',
    to: [`${KEY}+a@x.example`, `${KEY}+b@y.example`, `${KEY}+a@z.example`],
    subject: 'Complete: täglich',
    text: 'grün',
    html: '<p>grün</p>',
    attachments: [{ filename: 'log', content: Buffer.alloc(500_000) }],
  })
  transport.close()
  expect(server.events.map(({ monitorKey, state, message }) => [monitorKey, state, message])).toEqual([
    ['a', 'complete', 'grün'],
    ['b', 'complete', 'grün'],
  ])
})

describe('API keys', () => {
  test('a wrong one is refused at RCPT, and the third ends the connection', async () => {
    const server = await mailServer({ keys: keyRing })
    const talk = await talkTo(server.url)
    await sayAll(talk, ['EHLO me', 'MAIL FROM:<me@here>'])
    expect(await talk.say('RCPT TO:<wrong+nightly@x>')).toBe('550 5.7.1 the API key is not accepted')
    expect(await talk.say(`RCPT TO:<${KEY}+nightly@x>`)).toMatch(/^250 /)
    expect(await talk.say('RCPT TO:<nightly@x>')).toMatch(/^550 5\.7\.1 an API key is required/)
    expect(await talk.say(plain('wrong'))).toMatch(/^535 5\.7\.8 /)
    expect(await talk.say(`RCPT TO:<${KEY}x+nightly@x>`)).toBe('421 4.7.0 too many wrong API keys')
    await talk.closed
    expect(server.events).toEqual([])
  })

  test('wrong keys are limited over all connections of an address', async () => {
    const server = await mailServer({
      keys: keyRing,
      limits: createRateLimits({
        endpoint: { perSecond: 5, burst: 10 },
        address: { perSecond: 1, burst: 10 },
      }),
    })
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const talk = await talkTo(server.url)
        return await sayAll(talk, ['EHLO me', plain('wrong')])
      }),
    )
    expect(answers.filter(answer => answer.startsWith('535 '))).toHaveLength(10)
    expect(answers.filter(answer => answer.startsWith('421 4.7.0'))).toHaveLength(2)
  })

  test.each([
    ['PLAIN', [plain(KEY)]],
    ['LOGIN', ['AUTH LOGIN', Buffer.from('anybody').toString('base64'), Buffer.from(KEY).toString('base64')]],
  ])('AUTH %s takes the key as password', async (_method, login) => {
    const server = await mailServer({ keys: keyRing })
    const talk = await talkTo(server.url)
    await talk.say('EHLO me')
    expect(await sayAll(talk, login)).toMatch(/^235 /)
    await send(talk, ['a+b@x', `${KEY}+c@x`], `Subject: ok\r\n\r\nmy key is ${KEY}`)
    expect(server.events.map(({ monitorKey, message }) => [monitorKey, message])).toEqual([
      ['a+b', 'my key is [redacted]'],
      ['c', 'my key is [redacted]'],
    ])
  })

  test('anonymous events are accepted without keys, or if they are allowed', async () => {
    for (const options of [{}, { keys: keyRing, allowAnonymous: true }]) {
      const server = await mailServer(options)
      await send(await talkTo(server.url), ['nightly@x'], 'Subject: ok\r\n\r\n')
      expect(server.events).toMatchObject([{ monitorKey: 'nightly' }])
    }
  })

  test('a key in a header is not stored', async () => {
    const server = await mailServer()
    await send(await talkTo(server.url), [`${KEY}+a@x`], `Subject: ok\r\nX-Cronitor-Series: s-${KEY}\r\n\r\n`)
    expect(server.events).toMatchObject([{ series: 's-[redacted]' }])
    expect(JSON.stringify(server.events)).not.toContain(KEY)
  })
})

describe('refused', () => {
  test.each([
    ['a bounce', ['EHLO me', 'MAIL FROM:<>'], /^550 5\.7\.1 bounces/],
    ['a size that is announced', ['EHLO me', 'MAIL FROM:<me@here> SIZE=1048577'], /^552 /],
    ['a wrong address', ['EHLO me', 'MAIL FROM:<me@here>', 'RCPT TO:<50%+a@x>'], /^550 5\.1\.3 /],
    ['DATA without a recipient', ['EHLO me', 'MAIL FROM:<me@here>', 'DATA'], /^503 /],
    ['STARTTLS without a certificate', ['EHLO me', 'STARTTLS'], /^500 /],
    ['XCLIENT', ['EHLO me', 'XCLIENT ADDR=10.0.0.1'], /^550 /],
    ['WIZ', ['EHLO me', 'WIZ x'], /^500 /],
    ['HTTP', ['POST / HTTP/1.1'], /^421 /],
  ])('%s', async (_what, lines, answer) => {
    const talk = await talkTo((await mailServer()).url)
    expect(await sayAll(talk, lines)).toMatch(answer)
  })

  test.each([
    [
      'no state',
      'Subject: hello\r\n\r\nx',
      '550 5.6.0 the subject must begin with run, complete, fail or ok',
    ],
    ['no header at all', 'x', '550 5.6.0 the subject must begin with run, complete, fail or ok'],
    [
      'automatic mail',
      'Subject: ok\r\nAuto-Submitted: auto-replied\r\n\r\nx',
      /^550 5\.7\.1 .*Auto-Submitted/,
    ],
    [
      'more than 1 MiB',
      `Subject: ok\r\n\r\n${'x'.repeat(1024 * 1024)}`,
      '552 5.3.4 the mail has more than 1048576 bytes',
    ],
    [
      'too many headers',
      `${'X-A: b\r\n'.repeat(8192)}Subject: ok\r\n\r\n`,
      /^550 5\.6\.0 the mail cannot be parsed/,
    ],
  ])('after DATA: %s; the next mail is taken', async (_what, mail, answer) => {
    const server = await mailServer()
    const talk = await talkTo(server.url)
    expect(await send(talk, ['key+a@x'], mail)).toEqual(
      typeof answer === 'string' ? answer : expect.stringMatching(answer),
    )
    expect(server.events).toEqual([])
    expect(await send(talk, ['key+b@x'], 'Subject: ok\r\n\r\n')).toMatch(/^250 /)
    expect(server.events).toMatchObject([{ monitorKey: 'b' }])
  })

  test('the 21st recipient', async () => {
    const server = await mailServer()
    const talk = await talkTo(server.url)
    await sayAll(talk, ['EHLO me', 'MAIL FROM:<me@here>'])
    for (let each = 1; each <= 20; each += 1)
      expect(await talk.say(`RCPT TO:<key+m${each}@x>`)).toMatch(/^250 /)
    expect(await talk.say('RCPT TO:<key+m21@x>')).toMatch(/^452 /)
  })

  test.each([
    ['127.0.0.0/8', /^250 /],
    ['192.0.2.1', /^451 4\.7\.1 /],
  ])('over the limit of an address, unless it is that of a relay: %s', async (relays, answer) => {
    const limits = createRateLimits({
      endpoint: { perSecond: 1, burst: 2 },
      address: { perSecond: 1, burst: 3 },
    })
    const server = await mailServer({ limits, relays: trusted(relays) })
    const talk = await talkTo(server.url)
    await sayAll(talk, ['EHLO me', 'MAIL FROM:<me@here>'])
    for (const monitor of ['a', 'b', 'c'])
      expect(await talk.say(`RCPT TO:<key+${monitor}@x>`)).toMatch(/^250 /)
    expect(await talk.say('RCPT TO:<key+d@x>')).toMatch(answer)
  })

  test('a mail over the rate limits, which may be retried', async () => {
    const server = await mailServer({ limits: createRateLimits() })
    const talk = await talkTo(server.url)
    for (let each = 1; each <= 10; each += 1) await send(talk, ['key+a@x'], 'Subject: ok\r\n\r\n')
    await talk.say('MAIL FROM:<me@here>')
    expect(await talk.say('RCPT TO:<key+a@x>')).toBe('451 4.7.1 too many events, try again in 1 s')
    expect(await talk.say('RCPT TO:<key+b@x>')).toMatch(/^250 /)
    expect(server.events).toHaveLength(10)
  })
})

test('if the store fails, the sender is asked to retry, and a warning is printed', async () => {
  const failures: unknown[] = []
  const server = await mailServer({
    onFailure: error => failures.push(error),
    store: { record: ({ monitorKey }) => Promise.reject(new Error(`disk full, ${monitorKey}`)) },
  })
  expect(await send(await talkTo(server.url), ['key+a@x', 'key+b@x'], 'Subject: ok\r\n\r\n')).toBe(
    '451 4.3.0 the event could not be stored, try again',
  )
  expect(failures).toEqual([new Error('disk full, a')])
})

test('250 comes after the event is stored', async () => {
  const order: string[] = []
  let isGiven = () => {}
  const given = new Promise<void>(resolve => {
    isGiven = resolve
  })
  let isStored = () => {}
  const server = await mailServer({
    store: {
      record: event =>
        new Promise(resolve => {
          isStored = () => resolve({ kind: 'stored', event: { ...event, id: 1 } })
          isGiven()
        }),
    },
  })
  const talk = await talkTo(server.url)
  await sayAll(talk, envelope('key+a@x'))
  const answered = talk.say('Subject: ok\r\n\r\n.').then(() => order.push('answered'))
  await given
  // An answer that did not wait would be here by the time that another client has had its own.
  await (await talkTo(server.url)).say('NOOP')
  order.push('stored')
  isStored()
  await answered
  expect(order).toEqual(['stored', 'answered'])
})

test('a mail whose sender disconnects early is not an event', async () => {
  const server = await mailServer()
  const talk = await talkTo(server.url)
  await sayAll(talk, envelope('key+a@x'))
  talk.write('Subject: ok\r\n\r\nhalf of')
  talk.socket.destroy()
  await talk.closed
  await send(await talkTo(server.url), ['key+b@x'], 'Subject: ok\r\n\r\n')
  expect(server.events.map(({ monitorKey }) => monitorKey)).toEqual(['b'])
})

test('all commands at once', async () => {
  const server = await mailServer()
  const talk = await talkTo(server.url)
  talk.write(`${envelope('key+a@x').join('\r\n')}\r\nSubject: ok\r\n\r\n.\r\n`)
  const codes: string[] = []
  for (let each = 0; each < 5; each += 1) codes.push((await talk.reply()).slice(0, 3))
  expect(codes).toEqual(['250', '250', '250', '354', '250'])
  expect(server.events).toHaveLength(1)
})

describe('a mail ends at CRLF . CRLF and nowhere else', () => {
  test.each(['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\n.\r', '\r\n\0.\r\n'])('%j is text', async end => {
    const server = await mailServer()
    const talk = await talkTo(server.url)
    const smuggled = ['MAIL FROM:<x@y>', 'RCPT TO:<key+smuggled@x>', 'DATA', 'Subject: fail'].join('\r\n')
    expect(await send(talk, ['key+a@x'], `Subject: ok\r\n\r\nbefore${end}${smuggled}`)).toMatch(/^250 /)
    expect(await talk.say('NOOP')).toMatch(/^250 /)
    expect(server.events.map(({ monitorKey }) => monitorKey)).toEqual(['a'])
    expect(server.events[0]?.message).toContain('smuggled')
  })
})

test('dots at the start of lines are kept', async () => {
  const server = await mailServer()
  await send(await talkTo(server.url), ['key+a@x'], 'Subject: ok\r\n\r\n..\r\n..one\r\n...two')
  expect(server.events[0]?.message).toBe('.\n.one\n..two')
})

describe('patience', () => {
  /** A busy machine may be too late even for the greeting; then that is the answer. */
  const lastWords = async (url: string, replies: (talk: Talk) => Promise<string>) =>
    await talkTo(url)
      .then(replies)
      .catch((error: Error) => error.message)

  test('a silent client is disconnected with a reply', async () => {
    const server = await mailServer({ patience: { silentMs: 200, sessionMs: 600_000 } })
    expect(await lastWords(server.url, talk => talk.reply())).toMatch(/^421 /)
  })

  test('a session that lasts too long is ended, even if the client is never silent', async () => {
    const server = await mailServer({ patience: { silentMs: 60_000, sessionMs: 200 } })
    const chatter = async (talk: Talk): Promise<string> => {
      const reply = await talk.say('EHLO me')
      return reply.startsWith('250') ? await chatter(talk) : reply
    }
    expect(await lastWords(server.url, chatter)).toBe('421 4.4.2 the session lasts too long')
  })

  test('connections above the maximum are refused with a reply', async () => {
    const server = await mailServer()
    const talks: Promise<unknown>[] = []
    for (let each = 0; each < 55; each += 1)
      talks.push(talkTo(server.url).catch((error: Error) => error.message))
    const refused = (await Promise.all(talks)).filter(talk => typeof talk === 'string')
    expect(refused).toHaveLength(5)
    expect(refused[0]).toMatch(/^421 .*Too many/)
  })
})

test('closing accepts no more mail, and does not wait for connected clients', async () => {
  const server = await mailServer()
  const talk = await talkTo(server.url)
  const closing = server.close()
  expect(await talk.say('EHLO me')).toMatch(/^421 /)
  await closing
  await expect(talkTo(server.url)).rejects.toThrow()
})

test('any input gets an answer or ends the connection, and the next client is served', async () => {
  const server = await mailServer()
  const piece = fc.oneof(
    fc.constantFrom(
      'EHLO me',
      'HELO',
      'MAIL FROM:<a@b>',
      'MAIL FROM:<>',
      'RCPT TO:<key+a@x>',
      'DATA',
      '.',
      'RSET',
    ),
    fc.constantFrom(
      'AUTH PLAIN',
      'AUTH LOGIN',
      'AUTH',
      '*',
      'STARTTLS',
      'BDAT 5',
      'NOOP',
      'Subject: ok',
      '',
      '\n.\n',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constant('x'.repeat(20_000)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(piece, { maxLength: 12 }), { maxLength: 20 }), async conversations => {
      await Promise.all(
        conversations.map(async lines => {
          const talk = await talkTo(server.url)
          talk.write(`${lines.join('\r\n')}\r\n.\r\nQUIT\r\n.\r\nQUIT\r\n`)
          await talk.closed
        }),
      )
    }),
    { numRuns: 15 },
  )
  await send(await talkTo(server.url), ['key+last@x'], 'Subject: fail\r\n\r\n')
  expect(server.events.at(-1)).toMatchObject({ monitorKey: 'last', state: 'fail' })
})
