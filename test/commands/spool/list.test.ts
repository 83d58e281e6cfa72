import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tableLine } from '../../../src/commands/spool/list.ts'
import { textWidth } from '../../../src/commands/terminal/text-width.ts'

const cells = [
  '3h12m',
  `nightly-${'監視'.repeat(20)}`,
  'complete',
  '12',
  `connection refused by ${'x'.repeat(80)}`,
]

test('no line is wider than the terminal', () => {
  expect(tableLine(cells, 80)).toMatch(
    /^3h12m {4}nightly-[監視]+… +complete {2}12 {5}connection refused by x+…$/,
  )
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 5, maxLength: 5 }),
      fc.integer({ min: 1, max: 200 }),
      (texts, columns) => {
        expect(textWidth(tableLine(texts, columns))).toBeLessThanOrEqual(columns)
      },
    ),
  )
})

test('without a terminal no value is shortened', () => {
  for (const cell of cells) expect(tableLine(cells, undefined)).toContain(cell)
})
