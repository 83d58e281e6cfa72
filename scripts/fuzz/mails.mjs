// Creates SMTP conversations, most of them with errors.
import { MARK } from './requests.mjs'

const COMMANDS = [
  'EHLO me',
  'HELO me',
  'MAIL FROM:<a@b.example>',
  'MAIL FROM:<>',
  'MAIL FROM:<a@b.example> SIZE=99999999',
  'RCPT TO:<KEY+a@x.example>',
  'RCPT TO:<a@x.example>',
  'RCPT TO:<KEY+%3Czq9x%3E@x.example>',
  'RCPT TO:<"KEY+b"@x.example>',
  'RCPT TO:<KEY+%@x>',
  'DATA',
  'RSET',
  'NOOP',
  'VRFY a',
  'AUTH PLAIN AGEAYg==',
  'AUTH LOGIN',
  '*',
  'STARTTLS',
  'BDAT 5 LAST',
  'XCLIENT ADDR=1.2.3.4',
  'GET / HTTP/1.1',
]
const HEADERS = [
  'Subject: ok',
  'Subject: FAIL: x',
  `Subject: complete <${MARK}>`,
  'Subject: =?utf-8?B?/////w==?=',
  'Auto-Submitted: auto-replied',
  `X-Cronitor-Series: <${MARK}>`,
  'X-Cronitor-Status-Code: x',
  'Content-Type: text/html',
  'Content-Type: multipart/mixed; boundary=b',
  'Content-Type: text/plain; charset=utf-16',
  'Content-Transfer-Encoding: base64',
]
const BODIES = [
  `<${MARK}>`,
  '--b',
  '--b--',
  '',
  '.',
  '\0\xff',
  `<p>${'x'.repeat(5000)}`,
  'aGVsbG8=',
  '<div>'.repeat(500),
]

export function makeConversation(random, keys) {
  const lines = []
  if (random.chance(70)) lines.push('EHLO me', 'MAIL FROM:<a@b.example>', 'RCPT TO:<KEY+a@x.example>', 'DATA')
  lines.push(
    ...random.many(6, () =>
      random.chance(90) ? random.one(COMMANDS) : random.bytes(random.below(60)).toString('latin1'),
    ),
  )
  if (lines.includes('DATA'))
    lines.push(
      ...random.many(5, () => random.one(HEADERS)),
      '',
      ...random.many(5, () => random.one(BODIES)),
      '.',
    )
  const key = random.chance(80) && keys.length > 0 ? random.one(keys) : 'key'
  const end = random.chance(90) ? '\r\n' : random.one(['\n', '\r'])
  return Buffer.from(`${lines.join(end).replaceAll('KEY', key)}${end}QUIT\r\n.\r\nQUIT\r\n`, 'latin1')
}
