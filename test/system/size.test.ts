import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatSize, parseSize } from '../../src/system/size.ts'

const TIB = 1024 ** 4

describe('parseSize', () => {
  test.each([
    ['500', 500],
    ['64k', 65_536],
    ['10m', 10_485_760],
    ['0', 0],
    ['0m', 0],
    ['007k', 7168],
    ['1048576m', TIB],
    ['1099511627776', TIB],
  ])('reads %s as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toEqual({ ok: true, bytes })
  })

  test.each([
    '',
    ' ',
    'k',
    '-1',
    '+1',
    '1.5m',
    '1,5',
    '1e3',
    '0x10',
    '10M',
    '10K',
    '10 m',
    ' 10',
    '10\n',
    '1m512k',
    '10b',
    '10kb',
    '10kib',
    '1g',
    '1t',
    '٣',
    'Infinity',
    'NaN',
  ])('refuses %j', text => {
    expect(parseSize(text)).toEqual({ ok: false, problem: 'expected a size such as 500, 64k or 10m' })
  })

  test.each(['1048577m', '1099511627777', '99999999999999999999k', '9'.repeat(400)])(
    'refuses what is more than a TiB: %s',
    text => {
      expect(parseSize(text)).toEqual({ ok: false, problem: 'expected a size of at most 1048576m' })
    },
  )

  test('gives whole bytes of 0 to a TiB for whatever text it accepts', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{1,20}[km]?$/)), text => {
        const parsed = parseSize(text)
        if (!parsed.ok) return
        expect(Number.isSafeInteger(parsed.bytes)).toBe(true)
        expect(parsed.bytes).toBeGreaterThanOrEqual(0)
        expect(parsed.bytes).toBeLessThanOrEqual(TIB)
      }),
    )
  })
})

describe('formatSize', () => {
  test.each([
    [0, '0'],
    [500, '500'],
    [1024, '1k'],
    [1025, '1025'],
    [1536, '1536'],
    [65_536, '64k'],
    [1_048_576, '1m'],
    [1_572_864, '1536k'],
    [67_108_864, '64m'],
  ])('says %d bytes as %s', (bytes, words) => {
    expect(formatSize(bytes)).toBe(words)
  })

  test('says what reads as the same again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: 0, max: TIB }),
          fc.nat(1024).map(count => count * 65_536),
        ),
        bytes => {
          expect(parseSize(formatSize(bytes))).toEqual({ ok: true, bytes })
        },
      ),
    )
  })
})
