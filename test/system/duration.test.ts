import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  axisDuration,
  durationInOneUnit,
  formatDuration,
  parseDuration,
  readableDuration,
  roughDuration,
} from '../../src/system/duration.ts'

describe('parseDuration', () => {
  test.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['1500ms', 1500],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0', 0],
    ['007s', 7000],
    ['1000d', 86_400_000_000],
  ])('reads %s as %d milliseconds', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, ms })
  })

  test.each([
    '',
    ' ',
    's',
    '-1',
    '+1',
    '1.5s',
    '1,5',
    '1e3',
    '0x10',
    '10M',
    '10 m',
    ' 10',
    '10\n',
    '1h30m',
    '10min',
    '1w',
    '٣',
    'Infinity',
    'NaN',
  ])('refuses %j', text => {
    const parsed = parseDuration(text)
    expect(parsed.ok).toBe(false)
  })

  test.each(['1001d', '86400001s', '99999999999999999999', `${'9'.repeat(400)}ms`])(
    'refuses what is longer than 1000 days: %s',
    text => {
      expect(parseDuration(text)).toEqual({ ok: false, problem: 'expected a duration of at most 1000d' })
    },
  )

  test('reads each whole number with each unit exactly, and refuses the same with anything around it', () => {
    const lengths = { ms: 1, s: 1000, '': 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
    fc.assert(
      fc.property(
        fc.nat({ max: 1000 }),
        fc.constantFrom(...(Object.keys(lengths) as (keyof typeof lengths)[])),
        (count, unit) => {
          const text = `${count}${unit}`
          expect(parseDuration(text)).toEqual({ ok: true, ms: count * lengths[unit] })
          for (const wrong of [` ${text}`, `${text} `, `-${text}`, `${text}.`, `${text}${text}x`]) {
            expect(parseDuration(wrong).ok).toBe(false)
          }
        },
      ),
    )
  })

  test('gives whole milliseconds of 0 to 1000 days for whatever text it accepts', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{1,20}(ms|s|m|h|d)?$/)), text => {
        const parsed = parseDuration(text)
        if (!parsed.ok) return
        expect(Number.isSafeInteger(parsed.ms)).toBe(true)
        expect(parsed.ms).toBeGreaterThanOrEqual(0)
        expect(parsed.ms).toBeLessThanOrEqual(1000 * 86_400_000)
      }),
    )
  })
})

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1001, '1.001s'],
    [1500, '1.5s'],
    [59_999.6, '1m'],
    [60_000, '1m'],
    [600_000, '10m'],
    [7_500_000, '2h5m'],
    [60_500, '1m0.5s'],
    [86_400_000, '1d'],
    [90_061_000, '1d1h1m1s'],
  ])('says %d milliseconds as %s', (ms, words) => {
    expect(formatDuration(ms)).toBe(words)
  })

  test('says what adds up to the same again', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1000 * 86_400_000 }), ms => {
        const parts = formatDuration(ms).match(/\d+(\.\d+)?(ms|[smhd])/g) ?? []
        expect(parts.join('')).toBe(formatDuration(ms))
        const sum = parts.reduce((total, part) => {
          const parsed = parseDuration(
            part.replace(/^(\d+)\.(\d+)s$/, (_, s, f) => `${s}${f.padEnd(3, '0')}ms`),
          )
          return total + (parsed.ok ? parsed.ms : Number.NaN)
        }, 0)
        expect(sum).toBe(ms)
      }),
    )
  })
})

test.each([
  [0, '0s'],
  [-5000, '0s'],
  [999, '0s'],
  [45_999, '45s'],
  [61_000, '1m1s'],
  [3_600_000, '1h'],
  [11_520_000 + 59_000, '3h12m'],
  [2 * 86_400_000 + 59_000, '2d'],
  [1000 * 86_400_000 + 3_600_000, '1000d1h'],
])('%d ms are roughly %s', (ms, words) => {
  expect(roughDuration(ms)).toBe(words)
})

test.each([
  [0, '0 ms'],
  [0.34, '340 ms'],
  [0.9996, '1.0 s'],
  [9.96, '10 s'],
  [59.6, '1 min'],
  [250, '4 min 10 s'],
  [3600, '1 h'],
  [7500, '2 h 5 min'],
  [273_600, '3 d 4 h'],
])('%d s read as %s', (seconds, text) => {
  expect(readableDuration(seconds)).toBe(text)
})

test.each([
  [0, '0'],
  [0.05, '50 ms'],
  [0.5, '500 ms'],
  [2.5, '2.5 s'],
  [90, '1.5 min'],
  [7200, '2 h'],
  [864_000, '10 d'],
])('%d s on an axis is %s', (seconds, text) => {
  expect(axisDuration(seconds)).toBe(text)
})

test('a negative duration, as from a clock that runs ahead, is 0 s', () => {
  expect(durationInOneUnit(-3000)).toBe('0 s')
})
