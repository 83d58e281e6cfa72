/** Mail of every kind of brokenness: each gets its answer. What is thrown outside of a promise fails the run as well. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createIgnoredCounter } from '../../../src/server/http/ignored-counter.ts'
import { createKeyRedactor } from '../../../src/server/ingest/redact-keys.ts'
import { recordMail } from '../../../src/server/mail/record-mail.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'
import { STATES } from '../../../src/telemetry/event.ts'

const KEY = 'abcdef0123456789'

const headerNames = fc.constantFrom(
  'Subject',
  'Content-Type',
  'Content-Transfer-Encoding',
  'Content-Disposition',
  'Auto-Submitted',
  'X-Cronitor-Series',
  'X-Cronitor-Status-Code',
  'X-Cronitor-Metric',
  'To',
  'References',
  'Date',
  'List-Id',
  '__proto__',
  '',
)

const headerValues = fc.oneof(
  fc.constantFrom(
    'ok',
    '[x] FAIL: y',
    'multipart/mixed; boundary=b',
    'multipart/alternative; boundary="b b"',
    'multipart/mixed; boundary=',
    'message/rfc822',
    'message/delivery-status',
    'text/html; charset=utf-16',
    'text/plain; charset=iso-2022-jp; format=flowed; delsp=yes',
    'text/plain; charset=utf-7',
    "text/plain; charset*0*=utf-8''%; charset*1=x",
    'base64',
    'quoted-printable',
    'x-uuencode',
    'attachment; filename="=?utf-8?B?/////w==?="',
    'inline',
    '=?utf-8?Q?=ok?= =?x?y?z?=',
    'auto-generated',
    'no',
    '3',
    'duration:1',
    'a: b, c: <d@e>; "f" <g@xn--1>, (h(i)',
    KEY,
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
)

const lines = fc.oneof(
  fc.tuple(headerNames, headerValues).map(([name, value]) => `${name}: ${value}`),
  fc.constantFrom('', '', '', '--b', '--b', '--b--', '--b b', '--', ' folded', '\tfolded', '.', KEY),
  fc.constantFrom(
    '<p>x<!-- <b>&#xffffffff;&amp',
    '</div></p>]]>',
    'aGVsbG8',
    '=C3=',
    '=\xff',
    '\x1b$B%F',
    '\0',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
)

const mails = fc
  .tuple(
    fc.array(lines, { maxLength: 40 }),
    fc.constantFrom('\r\n', '\n', '\r'),
    fc.constantFrom('utf8', 'latin1'),
  )
  .map(([parts, end, encoding]) => Buffer.from(parts.join(end), encoding as BufferEncoding))

test('each mail is a valid event, or is refused permanently', async () => {
  const events: ReceivedEvent[] = []
  const surroundings = {
    store: {
      record: async (event: ReceivedEvent) => {
        events.push(event)
        return { kind: 'repeated' } as const
      },
    },
    wallClock: () => 0,
    onFailure: () => {},
    isStrict: false,
    redactor: createKeyRedactor(),
    ignoredCounter: createIgnoredCounter(
      () => {},
      () => 0,
    ),
    subject: { failWords: ['x'], defaultState: 'ok' as const },
  }
  let taken = 0
  await fc.assert(
    fc.asyncProperty(fc.oneof(mails, fc.uint8Array({ maxLength: 400 }).map(Buffer.from)), async bytes => {
      const answer = await recordMail(bytes, { monitorKeys: ['m'], apiKeys: [KEY] }, surroundings)
      if (answer.kind === 'refused') {
        expect(answer.code).toBe(550)
        return
      }
      taken += 1
      const event = events.at(-1)
      expect(STATES).toContain(event?.state)
      expect(event?.message?.length ?? 0).toBeLessThanOrEqual(2000)
      expect(event?.message ?? '').not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]|\p{Surrogate}/u)
      expect(JSON.stringify(event)).not.toContain(KEY)
    }),
    // A mail that is never answered is shown, unlike by the test's own limit.
    { numRuns: 400, timeout: 60_000, endOnFailure: true },
  )
  // Lest all are refused and nothing is seen.
  expect(taken).toBeGreaterThan(100)
})
