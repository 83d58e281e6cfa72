import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeLeniently } from '../../../src/server/http/lenient-decode.ts'

/** As Node.js gives the request target. */
const asReceived = (text: string) => Buffer.from(text).toString('latin1')

test.each([
  ['plain', 'plain', false],
  ['%C3%A4', 'ä', false],
  ['100%', '100%', false],
  ['50%zz%41', '50%zzA', false],
  ['%25%E9', '%\ufffd', true],
  ['caf%E9%0A', 'caf\ufffd\n', true],
  ['%F0%9F%98', '\ufffd', true],
  // A surrogate is no UTF-8.
  ['%ED%A0%80', '\ufffd\ufffd\ufffd', true],
  ['%EF%BB%BFbom', '\ufeffbom', false],
  [asReceived('käse'), 'käse', false],
  [asReceived('käse%20%e2%82%ac'), 'käse €', false],
  [asReceived('ä%'), 'ä%', false],
  ['k\u00e4se', 'k\ufffdse', true],
])('%j is %j', (raw, text, isRepaired) => {
  expect(decodeLeniently(raw)).toEqual({ text, isRepaired })
})

test('what is encoded correctly is decoded as by decodeURIComponent, and any bytes are decoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const expected = { text: text.toWellFormed(), isRepaired: false }
      expect(decodeLeniently(encodeURIComponent(expected.text))).toEqual(expected)
      expect(decodeLeniently(asReceived(expected.text.replaceAll('%', '%25')))).toEqual(expected)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      const raw = [...bytes].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')
      const { text, isRepaired } = decodeLeniently(raw)
      expect(text.isWellFormed()).toBe(true)
      expect(isRepaired).toBe(!Buffer.from(text).equals(Buffer.from(bytes)))
    }),
  )
})
