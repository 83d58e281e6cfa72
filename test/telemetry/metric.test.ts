import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatMetric, parseMetric } from '../../src/telemetry/metric.ts'

describe('formatMetric', () => {
  test.each([
    ['duration', 45.2, 'duration:45.200'],
    ['duration', 0.0004, 'duration:0.000'],
    ['duration', 1e21, 'duration:1000000000000000000000'],
    ['count', 3, 'count:3'],
    ['count', -0.5, 'count:-0.5'],
    ['count', 1.5e21, 'count:1500000000000000000000'],
    ['count', -1.5e-7, 'count:-0.00000015'],
    ['count', 1e-7, 'count:0.0000001'],
  ])('writes %s %d as %s', (name, value, text) => {
    expect(formatMetric({ name, value })).toBe(text)
  })

  test('writes digits that read back as the same value, without an exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
        const text = formatMetric({ name: 'm', value })
        expect(text).toMatch(/^m:-?\d+(\.\d+)?$/)
        expect(Number(text.slice(2)) === value).toBe(true)
      }),
    )
  })
})

describe('parseMetric', () => {
  test.each([
    ['count:3', 'count', 3],
    ['error_count=0', 'error_count', 0],
    ['My-rows_2:-1.5e3', 'My-rows_2', -1500],
    ['x:.5', 'x', 0.5],
    ['x:+5.', 'x', 5],
    [`${'n'.repeat(63)}:1`, 'n'.repeat(63), 1],
  ])('reads %s', (text, name, value) => {
    expect(parseMetric(text)).toEqual({ ok: true, metric: { name, value } })
  })

  test.each([
    '',
    'count',
    ':3',
    '=3',
    'a b:3',
    'é:3',
    `${'n'.repeat(64)}:1`,
    'x:',
    'x: 3',
    'x:3 ',
    'x:0x10',
    'x:1e999',
    'x:NaN',
    'x:Infinity',
    'x:1_000',
    'x:3:4',
    'x:3=4',
    'x:1,5',
    'x:.',
    'x:3\n',
  ])('says what is wrong with %j', text => {
    const parsed = parseMetric(text)
    expect(parsed.ok).toBe(false)
    expect(parsed).toHaveProperty('problem', expect.stringMatching(/metric/))
  })
})
