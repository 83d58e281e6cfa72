import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_MESSAGE_LENGTH } from '../../src/telemetry/api-limits.ts'
import { cleanOutput } from '../../src/telemetry/clean-output.ts'
import { composeMessage } from '../../src/telemetry/compose-message.ts'
import { earlierMarker } from '../../src/telemetry/earlier-marker.ts'
import { encodedLength, encodeForQuery, sizeOf } from '../../src/telemetry/encoded-size.ts'
import { fitMessage } from '../../src/telemetry/fit-message.ts'
import { redact } from '../../src/telemetry/redact.ts'
import { fastest } from '../support/cpu-time.ts'
import { rawOutputWithoutBackspaces } from './raw-output.ts'

const KEY = 'a1b2c3d4e5f60718'
const KEPT = 65_536
const MARKER = /^\[… (?:\d{1,3} B|\d+\.\d [kMG]B) earlier\] /
const LIMITS = { maxEncodedBytes: 7000 }

/** The message of a job that prints `text`, of which the last 64 KiB are kept. */
function messageOf(
  text: string | Buffer,
  options: { reason?: string; maxEncodedBytes?: number } = {},
): string {
  const all = Buffer.from(text)
  const { reason, maxEncodedBytes = LIMITS.maxEncodedBytes } = options
  const message = composeMessage({
    tail: all.subarray(-KEPT),
    totalBytes: all.length,
    secrets: [KEY],
    ...(reason === undefined ? {} : { reason }),
  })
  return fitMessage(message, { maxEncodedBytes }) ?? ''
}

test.each([
  ['half of it is overwritten', `${KEY}\b\b\b\b\b\b\b\bdone`, /^\[rdoneted\]$/],
  ['it is wiped out in part', `x${KEY}${'\b \b'.repeat(5)}`, /^x\[reda/],
  ['each letter is printed twice', [...KEY].map(letter => `${letter}\b${letter}`).join(''), /^\[redacted\]$/],
])('a key is hidden before backspaces are applied: %s', (_what, printed, expected) => {
  const tail = Buffer.from(printed)
  const { output } = composeMessage({ tail, totalBytes: tail.length, secrets: [KEY] })
  expect(output).toMatch(expected)
  expect(output).not.toContain(KEY.slice(0, 4))
})

function isWithin(text: string, maxUnits: number, maxEncodedBytes: number): boolean {
  return text.length <= maxUnits && encodeForQuery(text).length <= maxEncodedBytes
}

describe('any output', () => {
  test('gives a message within both limits, valid UTF-16, and a suffix of the cleaned output behind the marker', () => {
    const reason = fc.option(fc.string({ unit: 'grapheme', maxLength: 600 }), { nil: undefined })
    fc.assert(
      fc.property(
        rawOutputWithoutBackspaces,
        reason,
        fc.nat(),
        fc.integer({ min: 0, max: 2100 }),
        fc.integer({ min: 0, max: 8200 }),
        (all, why, seed, maxUnits, maxEncodedBytes) => {
          const tail = all.subarray(seed % (all.length + 1))
          const message = composeMessage({
            tail,
            totalBytes: all.length,
            secrets: [KEY],
            ...(why === undefined ? {} : { reason: why }),
          })
          const text = fitMessage(message, { maxUnits, maxEncodedBytes })
          if (text === undefined) return
          // encodeURIComponent throws on a lone surrogate.
          expect(isWithin(text, maxUnits, maxEncodedBytes)).toBe(true)
          expect(text).not.toBe('')
          if (text.endsWith('…') || text === message.reason) return
          const behind = message.reason === undefined ? '' : `\n${message.reason}`
          expect(text.endsWith(behind)).toBe(true)
          const output = text.slice(0, text.length - behind.length)
          const whole = redact(cleanOutput(all, { frontCut: false }), [KEY])
          expect(whole.endsWith(output.replace(MARKER, ''))).toBe(true)
          expect(MARKER.test(output) || output === whole).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('is shown as far as it fits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', 'é', '世', '🚀'), minLength: 1, maxLength: 300 }),
        fc.integer({ min: 60, max: 400 }),
        (output, maxUnits) => {
          const text = fitMessage({ output, earlierBytes: 0 }, { maxUnits, maxEncodedBytes: 900 }) ?? ''
          if (text === output) return
          const shown = text.replace(MARKER, '')
          const [next = ''] = [...output.slice(0, output.length - shown.length)].slice(-1)
          const hidden = Buffer.byteLength(output) - Buffer.byteLength(next + shown)
          const longer = (hidden === 0 ? '' : earlierMarker(hidden)) + next + shown
          expect(isWithin(longer, maxUnits, 900)).toBe(false)
        },
      ),
    )
  })
})

describe('a message', () => {
  test('is the output, a line break and the reason', () => {
    expect(messageOf('one\ntwo\n', { reason: 'exit status 3' })).toBe('one\ntwo\nexit status 3')
    expect(messageOf('', { reason: 'exit status 3' })).toBe('exit status 3')
    expect(messageOf('one\n')).toBe('one')
    expect(messageOf('')).toBe('')
  })

  test('with 2,000 units is complete, with one more it is cut', () => {
    expect(messageOf('x'.repeat(2000))).toBe('x'.repeat(2000))
    expect(messageOf('x'.repeat(2001))).toBe(`[… 18 B earlier] ${'x'.repeat(1983)}`)
  })

  test('counts the hidden output in bytes of UTF-8', () => {
    const text = messageOf('é'.repeat(3000))
    const hidden = Number(/(\d+\.\d) kB/.exec(text)?.[1])
    expect(hidden * 1000).toBeCloseTo(6000 - 2 * (text.match(/é/g)?.length ?? 0), -3)
  })

  test('of 2,000 CJK characters is cut to what the request target can carry', () => {
    const text = messageOf('世'.repeat(2000))
    expect(text).toMatch(/^\[… \d\.\d kB earlier\] 世+$/)
    const encoded = encodeForQuery(text).length
    expect(encoded).toBeGreaterThan(7000 - 9)
    expect(encoded).toBeLessThanOrEqual(7000)
  })

  test('of 2,000 emoji with skin tones splits none of them', () => {
    for (let maxEncodedBytes = 7000; maxEncodedBytes < 7030; maxEncodedBytes += 1) {
      const text = messageOf('👍🏽'.repeat(2000), { maxEncodedBytes })
      expect(text).toMatch(/^\[… \d+\.\d kB earlier\] (?:👍🏽)+$/u)
      expect(encodeForQuery(text).length).toBeLessThanOrEqual(maxEncodedBytes)
    }
  })

  test('splits neither a family nor a letter with its accent', () => {
    for (let maxUnits = 100; maxUnits < 130; maxUnits += 1) {
      const families = fitMessage(
        { output: '👩‍👩‍👧'.repeat(100), earlierBytes: 0 },
        { maxUnits, maxEncodedBytes: 9000 },
      )
      expect(families).toMatch(/\] (?:👩‍👩‍👧)+$/u)
      const accents = fitMessage(
        { output: 'e\u0301'.repeat(100), earlierBytes: 0 },
        { maxUnits, maxEncodedBytes: 9000 },
      )
      expect(accents).toMatch(/\] (?:e\u0301)+$/u)
    }
  })

  test('splits neither flags nor keycaps', () => {
    for (let maxUnits = 100; maxUnits < 120; maxUnits += 1) {
      const flags = fitMessage(
        { output: '- 🇩🇪🇫🇷 1\ufe0f\u20e3'.repeat(50), earlierBytes: 0 },
        { maxUnits, maxEncodedBytes: 9000 },
      )
      expect(flags?.replace(/🇩🇪|🇫🇷|1\ufe0f\u20e3/gu, '')).toMatch(/\] [- ]+$/)
    }
  })

  test('cuts a cluster that is longer than any real one between characters', () => {
    const text = fitMessage(
      { output: `a${'\u0301'.repeat(3000)}`, earlierBytes: 0 },
      { maxEncodedBytes: 20_000 },
    )
    expect(text).toMatch(/^\[… .* earlier\] \u0301+$/)
    expect(text).toHaveLength(MAX_MESSAGE_LENGTH)
  })

  test('of 5 MB on one line contains its end', () => {
    const text = messageOf('0123456789'.repeat(500_000))
    expect(text).toMatch(/^\[… 5\.0 MB earlier\] \d+$/)
    expect(text).toHaveLength(2000)
    expect(text.endsWith('0123456789')).toBe(true)
  })

  test('of a progress bar with 10,000 redraws contains its last state', () => {
    const bar = Array.from({ length: 10_000 }, (_, index) => `\rdownloading ${index + 1} of 10000`).join('')
    expect(messageOf(`${bar}\n`)).toMatch(/^\[… \d+\.\d kB earlier\] downloading 10000 of 10000$/)
  })

  test('contains no part of a colour sequence that the tail cuts', () => {
    const line = '\x1b[38;5;196mred\x1b[0m\n'
    for (let more = 0; more < line.length; more += 1) {
      const all = Buffer.from(`${line.repeat(5000)}${'.'.repeat(more)}`)
      const { output } = composeMessage({ tail: all.subarray(-KEPT), totalBytes: all.length, secrets: [] })
      expect(output).toMatch(/^(?:red\n)+(?:red|\.+)$/)
    }
  })

  test('contains no NULs, and U+FFFD for invalid UTF-8', () => {
    expect(messageOf(Buffer.from('a\0\0b\xff\xc3c', 'latin1'))).toBe('ab\ufffd\ufffdc')
  })

  test('is valid Unicode even if its parts are not', () => {
    expect(fitMessage({ output: 'a\ud800', earlierBytes: 0, reason: '\udc00' }, LIMITS)).toBe(
      'a\ufffd\n\ufffd',
    )
  })
})

describe('keys', () => {
  test('that the job prints are redacted, also in colours and percent-encoded', () => {
    const coloured = `${KEY.slice(0, 5)}\x1b[1m${KEY.slice(5)}`
    expect(messageOf(`${KEY} ${coloured}`, { reason: `cannot run ${KEY}` })).toBe(
      '[redacted] [redacted]\ncannot run [redacted]',
    )
  })

  test('leave no part if the tail or the message cuts them', () => {
    for (let shift = 0; shift < KEY.length * 2; shift += 1) {
      const text = messageOf(`${KEY.repeat(10_000)}${'x'.repeat(shift)}`)
      for (let at = 0; at < KEY.length - 3; at += 1) expect(text).not.toContain(KEY.slice(at, at + 3))
      expect(text).toContain('redacted]')
    }
  })

  test('leave no part if the tail cuts the only one', () => {
    for (let cut = 1; cut < KEY.length; cut += 1) {
      // Without a control byte, the known state starts after the longest sequence, which is inside the key.
      const all = Buffer.from(
        `${'-'.repeat(10_000 - cut)}${KEY}${'.'.repeat(KEPT - 4095 - KEY.length + cut)}`,
      )
      const tail = all.subarray(-KEPT)
      const { output } = composeMessage({ tail, totalBytes: all.length, secrets: [KEY] })
      expect(output).toMatch(/^\.+$/)
    }
  })

  test('in a reason are redacted before it is cut', () => {
    const { reason } = composeMessage({
      tail: Buffer.alloc(0),
      totalBytes: 0,
      reason: `${'x'.repeat(495)}${KEY}`,
      secrets: [KEY],
    })
    expect(reason).toBe(`${'x'.repeat(495)}[red…`)
  })
})

describe('a reason', () => {
  test('is one line of cleaned text with at most 500 units', () => {
    const compose = (reason: string) =>
      composeMessage({ tail: Buffer.alloc(0), totalBytes: 0, reason, secrets: [] }).reason
    expect(compose('cannot\n\x1b[31mrun\x1b[0m\0')).toBe('cannot run')
    expect(compose('')).toBeUndefined()
    expect(compose('y'.repeat(500))).toBe('y'.repeat(500))
    expect(compose('👍'.repeat(300))).toBe(`${'👍'.repeat(249)}…`)
  })

  test('is sent alone if no output fits, cut if it does not fit, and omitted if nothing fits', () => {
    const message = { output: 'some output', earlierBytes: 5000, reason: 'exit status 3' }
    const upTo = (maxUnits: number) => fitMessage(message, { maxUnits, maxEncodedBytes: 8000 })
    expect(upTo(50)).toBe('[… 5.0 kB earlier] some output\nexit status 3')
    expect(upTo(34)).toBe('[… 5.0 kB earlier] t\nexit status 3')
    expect(upTo(33)).toBe('exit status 3')
    expect(upTo(12)).toBe('exit status…')
    expect(upTo(2)).toBe('e…')
    expect(upTo(1)).toBeUndefined()
    expect(upTo(0)).toBeUndefined()
    expect(fitMessage(message, { maxEncodedBytes: -1 })).toBeUndefined()
  })
})

test.each([
  [0, '[… 0 B earlier] '],
  [999, '[… 999 B earlier] '],
  [1000, '[… 1.0 kB earlier] '],
  [999_949, '[… 999.9 kB earlier] '],
  [999_950, '[… 1.0 MB earlier] '],
  [12_345_678, '[… 12.3 MB earlier] '],
  [1_200_000_000, '[… 1.2 GB earlier] '],
  [5_000_000_000_000, '[… 5000.0 GB earlier] '],
])('%i bytes are written as %j', (bytes, text) => {
  expect(earlierMarker(bytes)).toBe(text)
})

test('sizes of characters agree with the encoders', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), character => {
      expect(sizeOf(character.codePointAt(0) ?? 0)).toEqual({
        units: character.length,
        bytes: Buffer.byteLength(character),
        encoded: encodeForQuery(character).length,
      })
    }),
  )
  for (let code = 0; code < 0x80; code += 1) {
    const character = String.fromCharCode(code)
    expect(encodedLength(character)).toBe(encodeForQuery(character).length)
  }
})

test('the time for an output grows no faster than its length', () => {
  const cpuTimeOf = (bytes: number) => {
    const all = Buffer.from('\x1b[32m世界 ok\x1b[0m\n'.repeat(20_000)).subarray(0, bytes)
    return fastest(() => messageOf(all))
  }
  cpuTimeOf(32_768)
  // Eight times as much output takes 8 times as long if linear, 64 times if quadratic. What is too short is not measured exactly.
  expect(cpuTimeOf(262_144) / Math.max(cpuTimeOf(32_768), 1000)).toBeLessThan(32)
})
