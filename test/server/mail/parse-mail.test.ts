import { expect, test } from 'vitest'
import { parseMail } from '../../../src/server/mail/parse-mail.ts'

const MiB = 1024 * 1024

const repeated = (unit: string, length: number) => unit.repeat(length / unit.length)

async function read(...lines: readonly string[]) {
  const result = await parseMail(Buffer.from(lines.join('\r\n'), 'latin1'))
  if (result.kind !== 'mail') throw new Error(result.reason)
  return result.mail
}

/** As bytes, one character each. */
const utf8 = (text: string) => Buffer.from(text).toString('latin1')

test('subject and body', async () => {
  const mail = await read('Subject: ok', '', 'one', '', 'two')
  expect(mail).toMatchObject({ subject: 'ok', text: 'one\n\ntwo' })
})

test.each([
  ['=?utf-8?Q?t=C3=A4glich?=', 'täglich'],
  ['=?iso-8859-1?B?dORnbGljaA==?=', 'täglich'],
  ['=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=', 'ab'],
  [utf8('täglich'), 'täglich'],
  ['folded\r\n once', 'folded once'],
])('the subject %j', async (subject, expected) => {
  expect((await read(`Subject: ${subject}`, '', '')).subject).toBe(expected)
})

test.each([
  ['utf-8', '8bit', utf8('grün')],
  ['iso-8859-15', 'quoted-printable', 'gr=FCn'],
  ['koi8-r', 'base64', 'x9LAzg=='],
  ['iso-2022-jp', '7bit', '\x1b$B%F%9%H\x1b(B'],
])('charset %s, encoding %s', async (charset, encoding, body) => {
  const text = { 'koi8-r': 'грюн', 'iso-2022-jp': 'テスト' }[charset] ?? 'grün'
  const mail = await read(
    `Content-Type: text/plain; charset=${charset}`,
    `Content-Transfer-Encoding: ${encoding}`,
    '',
    body,
  )
  expect(mail.text).toBe(text)
})

test('a mail with an unknown charset is not lost', async () => {
  expect((await read('Content-Type: text/plain; charset=klingon', '', 'Qapla')).text).toBe('Qapla')
})

test.each([
  ['alone', ['Content-Type: text/html', '', '<p>one<p><b>two</b><script>x()</script>']],
  [
    'beside an attachment',
    [
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/html',
      '',
      '<p>one<p><b>two</b>',
      '--b',
      'Content-Type: application/pdf',
      '',
      'PDF',
      '--b--',
    ],
  ],
])('HTML %s is converted to text', async (_where, lines) => {
  expect((await read(...lines)).text).toBe('one\n\ntwo')
})

test('plain text is preferred to HTML', async () => {
  const mail = await read(
    'Content-Type: multipart/alternative; boundary=b',
    '',
    '--b',
    'Content-Type: text/html',
    '',
    '<p>html',
    '--b',
    '',
    'text',
    '--b--',
  )
  expect(mail.text.trim()).toBe('text')
})

test('an attachment is not part of the text, even if it is a text file', async () => {
  const mail = await read(
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    '',
    'body',
    '--b',
    'Content-Disposition: attachment; filename=log.txt',
    '',
    'log',
    '--b',
    'Content-Type: application/octet-stream',
    'Content-Transfer-Encoding: base64',
    '',
    repeated('aGVsbG8g', MiB / 2),
    '--b--',
  )
  expect(mail.text).toBe('body')
})

test('headers are found by name, each occurrence of them', async () => {
  const mail = await read('X-A: 1', 'x-a: 2', 'X-B:', 'X-C: 3', '__proto__: 4', '', '')
  expect(mail.header('x-a')).toEqual(['1', '2'])
  expect(mail.header('x-b')).toEqual([])
  expect(mail.header('x-c')).toEqual(['3'])
  expect(mail.header('constructor')).toEqual([])
  expect(mail.header('__proto__')).toEqual(['4'])
})

test('encoded words in a header of ours are decoded as in a subject', async () => {
  const mail = await read(
    'X-Cronitor-Env: =?utf-8?q?prod_=F0=9F=94=A5?=',
    'X-Cronitor-Host: =?utf-8?B?w7w=?= =?iso-8859-1?q?=E4?=',
    'X-Cronitor-Metric: count:1',
    'X-Cronitor-Metric: =?utf-8?q?duration=3A2?=',
    '',
    '',
  )
  expect(mail.header('x-cronitor-env')).toEqual(['prod 🔥'])
  expect(mail.header('x-cronitor-host')).toEqual(['üä'])
  expect(mail.header('x-cronitor-metric')).toEqual(['count:1', 'duration:2'])
})

test.each([
  ['headers', `${repeated('X-A: b\r\n', 64 * 1024)}Subject: ok\r\n\r\n`],
  ['parts', `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n\r\n'.repeat(101)}`],
  [
    'nested parts',
    Array.from(
      { length: 101 },
      (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
    ).join(''),
  ],
])('too many %s are unreadable', async (_what, text) => {
  expect(await parseMail(Buffer.from(text))).toEqual({
    kind: 'unreadable',
    reason: 'cannot be parsed: it has too many headers or parts',
  })
})

test.each([
  ['too deep', '<b>'.repeat(2000)],
  ['too long', repeated('<p>x</p>', MiB / 2)],
])('of HTML that is %s it is said that it has no text', async (_what, html) => {
  expect((await read('Content-Type: text/html', '', html)).text).toMatch(/^\[the HTML of this mail is too/)
})

test('nested quotations and lists do not multiply the text', async () => {
  const inside = repeated('<p>x</p>', 64 * 1024)
  for (const tag of ['<blockquote>', '<ul><li>', '<OL><LI>']) {
    const { text } = await read('Content-Type: text/html', '', `${tag.repeat(400)}${inside}`)
    expect(text.length).toBeLessThan(64 * 1024)
    expect(text).toContain('x')
  }
  const { text } = await read('Content-Type: text/html', '', '<ul><li>one<li>two</ul>')
  expect(text).toBe(' * one\n * two')
})

const ATTACHED = ['Content-Type: message/rfc822', 'Content-Disposition: inline']

test.each([
  ['that is a mail in a mail', ATTACHED],
  ['that is a mail in a mail in a mail', [...ATTACHED, '', ...ATTACHED]],
  [
    'that is a mail in a mail, as a part',
    ['Content-Type: multipart/mixed; boundary=b', '', '--b', ...ATTACHED],
  ],
  ['with nothing else', []],
])('a mail %s may end with its headers', async (_what, headers) => {
  for (const end of [[], [''], ['', '']]) {
    expect(await read('Subject: ok', ...headers, ...end)).toMatchObject({ subject: 'ok', text: '' })
  }
})
