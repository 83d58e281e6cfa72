import { expect, test } from 'vitest'
import { mailEvent } from '../../../src/server/mail/mail-event.ts'
import type { Mail } from '../../../src/server/mail/parse-mail.ts'

const KEY = 'abcdef0123456789'

function mail(subject: string, text = '', headers: Readonly<Record<string, readonly string[]>> = {}): Mail {
  return { subject, text, header: name => headers[name] ?? [] }
}

const fieldsOf = (...given: Parameters<typeof mail>) => {
  const event = mailEvent(mail(...given), {}, [KEY], false)
  if (event.kind !== 'event') throw new Error(event.text)
  return event.fields
}

test('state and message', () => {
  expect(fieldsOf('Fail: x', '\n\n one\n two\n\n')).toEqual({
    state: 'fail',
    metrics: [],
    message: ' one\n two',
  })
})

test('without a text, the message is the rest of the subject', () => {
  expect(fieldsOf('Fail: disk full', ' \n ').message).toBe('disk full')
  expect(fieldsOf('ok')).toEqual({ state: 'ok', metrics: [] })
})

test('a message is plain text, keeps its end, and contains no API key', () => {
  expect(fieldsOf('ok', '\x1b[31mred\x1b[0m\x00').message).toBe('red')
  const { message = '' } = fieldsOf('ok', `${'x'.repeat(5000)}\nthe end`)
  expect(message).toHaveLength(2000)
  expect(message).toMatch(/^\[… 3\.0 kB earlier\] x+\nthe end$/)
  expect(fieldsOf('ok', `key ${KEY}`).message).toBe('key [redacted]')
  // Also where the cut goes through the middle of it.
  for (let length = 1960; length < 2010; length += 1) {
    expect(fieldsOf('ok', `${'y'.repeat(2000)}${KEY}${'x'.repeat(length)}`).message).not.toMatch(/[a-f0-9]x/)
  }
})

test('headers set the other parameters of the API', () => {
  const headers = {
    'x-cronitor-series': ['s1'],
    'x-cronitor-env': ['prod'],
    'x-cronitor-host': ['db1'],
    'x-cronitor-status-code': ['3'],
    'x-cronitor-metric': ['duration:1.5', 'count:2'],
  }
  expect(fieldsOf('fail', 'x', headers)).toEqual({
    state: 'fail',
    message: 'x',
    series: 's1',
    env: 'prod',
    host: 'db1',
    statusCode: 3,
    metrics: [
      { name: 'duration', value: 1.5 },
      { name: 'count', value: 2 },
    ],
  })
})

test.each([
  ['no state', mail('hello'), '5.6.0', 'the subject must begin with run, complete, fail or ok'],
  ['automatic mail', mail('ok', '', { 'auto-submitted': ['auto-generated'] }), '5.7.1', /Auto-Submitted/],
  [
    'a wrong header',
    mail('ok', '', { 'x-cronitor-status-code': ['x'] }),
    '5.6.0',
    /status_code must be an integer/,
  ],
  ['two series', mail('ok', '', { 'x-cronitor-series': ['a', 'b'] }), '5.6.0', /more than once/],
])('with --strict, %s is refused', (_what, given, status, text) => {
  expect(mailEvent(given, {}, [KEY], true)).toMatchObject({
    kind: 'refused',
    code: 550,
    status,
    text: typeof text === 'string' ? text : expect.stringMatching(text),
  })
})

test('a refusal is ASCII, as SMTP replies must be', () => {
  for (const header of ['series', 'status-code', 'metric', 'env']) {
    const event = mailEvent(mail('ok', '', { [`x-cronitor-${header}`]: ['ü', 'ü'] }), {}, [], true)
    expect(event).toMatchObject({ kind: 'refused', text: expect.stringMatching(/^[ -~]+$/) })
  }
})

test('automatic mail is refused, whatever its subject', () => {
  const automatic = mail('hello', '', { 'auto-submitted': ['auto-replied'] })
  expect(mailEvent(automatic, { defaultState: 'ok' }, [], false)).toMatchObject({ status: '5.7.1' })
})

test('a wrong header is left out, and the rest is an event', () => {
  const headers = {
    'x-cronitor-status-code': ['x'],
    'x-cronitor-metric': ['count:a=1,b:nan'],
    'x-cronitor-env': ['e'],
  }
  const event = mailEvent(mail('fail', 'm', headers), {}, [KEY], false)
  expect(event).toEqual({
    kind: 'event',
    fields: { state: 'fail', message: 'm', env: 'e', metrics: [{ name: 'a', value: 1 }] },
    ignored: [
      { parameter: 'status_code', reason: expect.any(String) },
      { parameter: 'metric', reason: expect.any(String) },
    ],
  })
})
