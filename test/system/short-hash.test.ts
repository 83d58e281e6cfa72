import { expect, test } from 'vitest'
import { shortHash } from '../../src/system/short-hash.ts'

test('it is the beginning of the SHA-256 of the text in UTF-8', () => {
  // FIPS 180-2, appendix B.1.
  expect(shortHash('abc', 12)).toBe('ba7816bf8f01')
  expect(shortHash('', 4)).toBe('e3b0')
  expect(shortHash('ä', 8)).toHaveLength(8)
  expect(shortHash('ä', 8)).not.toBe(shortHash('a', 8))
})
