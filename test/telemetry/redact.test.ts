import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redact, redactFrontCut } from '../../src/telemetry/redact.ts'

const KEY = 'k3y/of+8chars'

describe('redact', () => {
  test.each([
    ['a secret', `key=${KEY}.`, [KEY], 'key=[redacted].'],
    ['its percent-encoded form', `/p/${encodeURIComponent(KEY)}/x`, [KEY], '/p/[redacted]/x'],
    ['it as encoders with small digits write it', '/p/k3y%2fof%2b8chars', [KEY], '/p/[redacted]'],
    ['it as encoders write it that leave less as it is', 'a%21b%27c%28d%29%2A', ["a!b'c(d)*"], '[redacted]'],
    ['each occurrence', `${KEY} ${KEY}${KEY}`, [KEY], '[redacted] [redacted][redacted]'],
    ['the longer of two', 'abcdefgh1234', ['abcdefgh', 'abcdefgh1234'], '[redacted]'],
    ['all of two that overlap', 'xabcdefghijklx', ['abcdefgh', 'efghijkl'], 'x[redacted]x'],
    ['all of one that overlaps itself', 'xabcdabcdabcdx', ['abcdabcd'], 'x[redacted]x'],
  ])('hides %s', (_what, text, secrets, expected) => {
    expect(redact(text, secrets)).toBe(expected)
  })

  test('leaves text alone without secrets, and secrets that are shorter than 8 characters', () => {
    expect(redact('short and empty', [])).toBe('short and empty')
    expect(redact('short and empty', ['', 'short', 'and emp'])).toBe('short and empty')
  })

  test('does not fail on a secret that is invalid Unicode', () => {
    expect(redact('text', ['12345678\ud800'])).toBe('text')
  })
})

describe('redactFrontCut', () => {
  test('drops the rest of a secret at the very start', () => {
    expect(redactFrontCut('8chars is the key', [KEY])).toBe(' is the key')
    expect(redactFrontCut('2B8chars is the key', [KEY])).toBe(' is the key')
  })

  test('hides whole secrets, also at the start', () => {
    expect(redactFrontCut(`${KEY} and ${KEY}`, [KEY])).toBe('[redacted] and [redacted]')
  })

  test('drops a rest together with a secret that overlaps it', () => {
    expect(redactFrontCut('efghijkl.', ['abcdefgh', 'efghijkl'])).toBe('.')
  })

  test('does nothing to text that starts with something else', () => {
    expect(redactFrontCut('the key', [KEY])).toBe('the key')
  })

  test('returns a suffix of the redacted complete text, without the end of a secret at its start', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '/'), maxLength: 30 })
    const secret = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 8, maxLength: 12 })
    fc.assert(
      fc.property(word, secret, secret, word, fc.nat(60), (before, one, two, behind, cut) => {
        const all = before + one + behind + two
        const front = redactFrontCut(all.slice(cut), [one, two])
        expect(redact(all, [one, two]).endsWith(front)).toBe(true)
        expect(front).not.toContain(one)
        if (cut > before.length && cut < before.length + one.length) {
          expect(front.startsWith(one.slice(cut - before.length) + behind)).toBe(false)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
