import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatEventFile, parseEventFile } from '../../src/spool/event-file.ts'
import { hasSecretInMonitorKey, redactEvent } from '../../src/spool/redact-event.ts'
import type { SpooledEvent } from '../../src/spool/spooled-event.ts'
import { STATES, type TelemetryEvent } from '../../src/telemetry/event.ts'
import { spooledOf } from './support.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 40 })

const event: fc.Arbitrary<TelemetryEvent> = fc.record(
  {
    monitorKey: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
    state: fc.constantFrom(...STATES),
    metrics: fc.array(
      fc.record({
        name: fc.stringMatching(/^[A-Za-z0-9_-]{1,63}$/),
        value: fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0),
      }),
      { maxLength: 3 },
    ),
    series: text,
    host: text,
    env: text,
    statusCode: fc.integer({ min: -1000, max: 1000 }),
    message: fc.record({ output: text, earlierBytes: fc.nat(), reason: text }),
    stamp: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  },
  { requiredKeys: ['monitorKey', 'state', 'metrics'] },
)

describe('the file of an event', () => {
  test('is parsed back to the same event', () => {
    fc.assert(
      fc.property(event, fc.nat(), fc.nat(), (event, occurredAt, tries) => {
        const spooled: SpooledEvent = {
          key: 'anonymous',
          address: tries % 2 === 0 ? 'configured' : 'default',
          occurredAt,
          tries,
          event,
          lastProblem: 'HTTP status 500',
          ...(tries % 3 === 0 && { putBack: true }),
        }
        // JSON has no -0, which means the same.
        const wanted = JSON.parse(JSON.stringify(spooled))
        expect(parseEventFile(formatEventFile(spooled))).toEqual({ kind: 'event', spooled: wanted })
      }),
    )
  })

  test('is damaged if its end is missing, wherever it ends', () => {
    const whole = formatEventFile(
      spooledOf('fail', {}, { message: { output: 'out', earlierBytes: 3, reason: 'exit status 3' } }),
    )
    for (let length = 0; length < whole.trimEnd().length; length++) {
      expect(parseEventFile(whole.slice(0, length)).kind).toBe('damaged')
    }
  })

  test('is damaged if a field has another type, and nothing is thrown', () => {
    const whole = JSON.parse(formatEventFile(spooledOf('run')))
    fc.assert(
      fc.property(
        fc.constantFrom('version', 'key', 'occurredAt', 'event'),
        fc.jsonValue(),
        (field, value) => {
          const { kind } = parseEventFile(JSON.stringify({ ...whole, [field]: value }))
          expect(['damaged', 'event', 'newer']).toContain(kind)
          if (field === 'event') expect(kind).toBe('damaged')
        },
      ),
    )
    for (const monitorKey of ['', '..', 'a b', 'x'.repeat(129), 5]) {
      const event = { ...whole.event, monitorKey }
      expect(parseEventFile(JSON.stringify({ ...whole, event })).kind).toBe('damaged')
    }
  })

  test('is recognized if a newer version wrote it', () => {
    expect(parseEventFile('{"version":2,"something":"else"}\n')).toEqual({ kind: 'newer' })
  })
})

describe('what is written to disk', () => {
  const secrets = ['secret-key-0123456789']

  test('contains no API key', () => {
    const clean = redactEvent(
      {
        monitorKey: 'm',
        state: 'fail',
        metrics: [],
        series: `s-${secrets[0]}`,
        host: `${secrets[0]}.example`,
        env: `${secrets[0]}`,
        message: { output: `key ${secrets[0]}`, earlierBytes: 0, reason: `command not found: ${secrets[0]}` },
      },
      secrets,
    )
    expect(JSON.stringify(clean)).not.toContain(secrets[0])
  })

  test('is no event whose monitor key contains an API key', () => {
    const { event } = spooledOf('run', {}, { monitorKey: `m-${secrets[0]}` })
    expect(hasSecretInMonitorKey(event, secrets)).toBe(true)
    expect(hasSecretInMonitorKey(spooledOf('run').event, secrets)).toBe(false)
  })

  test('is the end of the output that a request can carry, from a whole character on, with the number of missing bytes', () => {
    const output = `${'é'.repeat(500)}${'😀'.repeat(1000)}x`
    const clean = redactEvent(
      { monitorKey: 'm', state: 'fail', metrics: [], message: { output, earlierBytes: 7 } },
      [],
    )
    // 2,000 units would begin with the second half of a pair.
    expect(clean.message).toEqual({
      output: `${'😀'.repeat(999)}x`,
      earlierBytes: 7 + 2 * 500 + 4,
    })
  })
})
