import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printable, printableJson, printableLines } from '../../src/system/printable.ts'
import { invisibleCharactersIn } from '../support/invisible-characters.ts'

/** Any code point, lone surrogates too, with those that matter more often. */
const character = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 0x10ffff }).map(point => String.fromCodePoint(point)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x2fff }).map(point => String.fromCodePoint(point)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['\0', '\x1b', '\x7f', '\x9b', '\n', '\r', '\t', '\xad', '\u034f', '\u061c', '\u200b', '\u200c'],
      ...['\u200d', '\u200e', '\u202e', '\u2028', '\u2066', '\u2069', '\ufeff', '\ufe0e', '\ufe0f', '\u20e3'],
      ...[
        '\ud800',
        '\udc00',
        '\u{e0041}',
        '\u{e0100}',
        '\u3164',
        'a',
        '1',
        'ن',
        'ب',
        'क',
        '世',
        '👩',
        '❤',
        '🏽',
      ],
    ),
  },
)
const text = fc.array(character, { maxLength: 40 }).map(parts => parts.join(''))

describe('whatever goes in', () => {
  test('nothing that cannot be seen comes out', () => {
    fc.assert(
      fc.property(text, any => {
        expect(invisibleCharactersIn(printable(any))).toEqual([])
        expect(invisibleCharactersIn(printableLines(any).replace(/[\n\t]/g, ''))).toEqual([])
        expect(invisibleCharactersIn(printableJson({ [any]: [any] }))).toEqual([])
      }),
      { numRuns: 3000 },
    )
  })

  test('each single character of the class is replaced', () => {
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const character = String.fromCodePoint(point)
      const shown = printable(`a${character}b`)
      if (invisibleCharactersIn(shown).length > 0) expect.unreachable(`U+${point.toString(16)} is shown`)
    }
  })

  test('what is safe stays safe, and as it is', () => {
    fc.assert(
      fc.property(text, any => {
        const shown = printable(any)
        expect(printable(shown)).toBe(shown)
        expect(printableLines(printableLines(any))).toBe(printableLines(any))
      }),
    )
  })

  test('JSON says the same to a program', () => {
    fc.assert(
      fc.property(text, any => {
        expect(JSON.parse(printableJson({ value: any }))).toEqual({ value: any })
      }),
    )
  })
})

describe('these stay as they are', () => {
  test.each([
    ['ASCII', 'nightly-backup: 3 of 4 (75 %)'],
    ['accents, in one character and in two', 'Zürich Zu\u0308rich'],
    ['other scripts', '世界 Привет Ελλάδα 한국어'],
    ['Arabic and Hebrew', 'النسخ الاحتياطي גיבוי'],
    ['Persian with its zero-width non-joiner', 'می\u200cخواهم'],
    ['Hindi with a joiner', 'क्\u200dष'],
    ['a picture with a skin tone', '👍🏽'],
    ['a family', '👩\u200d👩\u200d👧'],
    ['an astronaut with a skin tone', '👩🏽\u200d🚀'],
    ['a heart on fire', '❤\ufe0f\u200d🔥'],
    ['a heart as a picture and as text', '❤\ufe0f ❤\ufe0e'],
    ['a keycap', '1\ufe0f\u20e3'],
    ['a flag of two letters', '🇨🇭'],
    ['Arabic number signs, which have a shape', '\u0600١٢'],
    ['private use', '\ue0b0'],
    ['what was replaced already', '\ufffd'],
  ])('%s', (_what, as) => {
    expect(printable(as)).toBe(as)
    expect(printableLines(as)).toBe(as)
  })
})

describe('these are replaced', () => {
  test.each([
    ['an escape sequence', 'a\x1b[31mb', 'a\ufffd[31mb'],
    ['a C1 control sequence', 'a\x9b31mb', 'a\ufffd31mb'],
    ['backspaces', 'ab\b\bcd', 'ab\ufffd\ufffdcd'],
    ['a reading direction that turns round', 'a\u202egpj.exe', 'a\ufffdgpj.exe'],
    ['an isolate', '\u2067abc\u2069', '\ufffdabc\ufffd'],
    ['the Arabic letter mark', 'ن\u061cب', 'ن\ufffdب'],
    ['a zero-width space in a name', 'back\u200bup', 'back\ufffdup'],
    ['a joiner between Latin letters', 'back\u200dup', 'back\ufffdup'],
    ['a joiner that ends a word', 'می\u200c', 'می\ufffd'],
    ['joiners in a row', 'می\u200c\u200cخ', 'می\ufffd\ufffdخ'],
    ['a variation selector behind a letter', 'a\ufe0f', 'a\ufffd'],
    ['a variation selector behind a digit', '1\ufe0f', '1\ufffd'],
    ['variation selectors that hide bytes', '👍\u{e0100}\u{e0101}', '👍\ufffd\ufffd'],
    ['tags that hide text', '🏴\u{e0067}\u{e007f}', '🏴\ufffd\ufffd'],
    ['a filler that looks like nothing', 'a\u3164', 'a\ufffd'],
    ['lone surrogates', 'a\ud800b\udc00', 'a\ufffdb\ufffd'],
  ])('%s', (_what, raw, shown) => {
    expect(printable(raw)).toBe(shown)
  })

  test('line breaks and tabs are a space in one line', () => {
    expect(printable('a\r\n\tb\u2028c\nd')).toBe('a b c d')
  })

  test('line feeds and tabs stay in several lines, other line breaks do not', () => {
    expect(printableLines('a\r\nb\rc\td\u2028e')).toBe('a\nb\nc\td\ufffde')
  })

  test('JSON has them as escapes, of one or of two units', () => {
    expect(printableJson({ a: 'x\u202e\x9b\u{e0041}\ud800' })).toBe(
      '{"a":"x\\u202e\\u009b\\udb40\\udc41\\ud800"}',
    )
  })
})

test('what has to be looked at closely takes time in proportion to its length', () => {
  for (const unit of ['\u200d', '\ufe0f', '1\ufe0f', '👩\u200d', '\x1b', 'ن\u200c']) {
    expect(printable(unit.repeat(200_000))).toHaveLength(200_000 * unit.length)
  }
})
