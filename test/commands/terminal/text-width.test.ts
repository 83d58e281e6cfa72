import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitted, fittedAtEnd, padded, textWidth } from '../../../src/commands/terminal/text-width.ts'

test.each([
  ['', 0],
  ['backup', 6],
  ['café', 4],
  ['cafe\u0301', 4],
  ['日本', 4],
  ['한글', 4],
  ['Ａ', 2],
  ['✅', 2],
  ['a\u200db', 2],
  ['…', 1],
])('%j takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width)
})

test.each([
  ['backup', 6, 'backup'],
  ['backup', 5, 'back…'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['backup', 1, '…'],
  ['backup', 0, ''],
  ['backup', -3, ''],
  ['', 0, ''],
])('%j in %i columns is %j', (text, width, wanted) => {
  expect(fitted(text, width)).toBe(wanted)
})

test.each([
  ['backup', 6, 'backup'],
  ['backup', 5, '…ckup'],
  ['日本語', 5, '…本語'],
  ['日本語', 4, '…語'],
  ['e\u0301a', 2, 'e\u0301a'],
  ['e\u0301ab', 2, '…b'],
  ['xe\u0301', 1, '…'],
  ['backup', 0, ''],
])('the end of %j in %i columns is %j', (text, width, wanted) => {
  expect(fittedAtEnd(text, width)).toBe(wanted)
})

test('what is fitted and padded has the width that was asked for, or one less before a wide character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
      expect(textWidth(fitted(text, width))).toBeLessThanOrEqual(width)
      expect(textWidth(fittedAtEnd(text, width))).toBeLessThanOrEqual(width)
      expect(textWidth(padded(fitted(text, width), width))).toBe(width)
    }),
  )
})
